import NeuralNetworks
import TensorCore

/// The names that a policy's checkpoint uses.
enum PolicyCheckpoint {
  /// What stands before the names of the policy's parameters.
  static let prefix = "policy."
  /// The number of optimizer steps made.
  static let optimizerStep = "optimizer.step"
  /// What that number may be: one step an iteration.
  static let optimizerSteps = 0...1_000_000_000
}

extension Parameters<Float> {
  /// The tensors as a checkpoint stores them.
  func namedArrays(prefix: String) -> [NamedArray] {
    zip(names, tensors).map { NamedArray(name: prefix + $0, shape: $1.shape.sizes, values: $1.scalars) }
  }

  /// The same names and shapes with the values of a checkpoint.
  func reading(_ checkpoint: CheckpointContents, prefix: String) throws(UserError) -> Parameters<Float> {
    var read: [Tensor<Float>] = []
    for (name, shape) in zip(names, shapes) {
      guard let array = checkpoint.tensors.first(where: { $0.name == prefix + name }), array.shape == shape.sizes else {
        throw UserError(
          "checkpoint: expected the tensor \(prefix + name) of shape \(shape), found none", status: .malformedData)
      }
      read.append(Tensor(shape: shape, scalars: array.values))
    }
    return replacingTensors(read)
  }
}
