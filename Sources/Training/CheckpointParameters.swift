import MetaLearning
public import NeuralNetworks
public import Parts
public import Runs
public import TensorCore

extension Parameters<Float> {
  /// The tensors as named arrays for a checkpoint, with `prefix` before their names.
  public func namedArrays(prefix: String) -> [NamedArray] {
    zip(names, tensors).map { NamedArray(name: prefix + $0, shape: $1.shape.sizes, values: $1.scalars) }
  }

  /// Parameters with the same names and shapes, and the values of a checkpoint.
  public func reading(_ checkpoint: CheckpointContents, prefix: String) throws(UserError) -> Parameters<Float> {
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

extension MetaParameters<Float> {
  /// Meta-parameters with the same names and shapes, and the values of a checkpoint.
  func reading(_ checkpoint: CheckpointContents, prefix: String) throws(UserError) -> MetaParameters {
    replacingTensors(try named.reading(checkpoint, prefix: prefix).tensors)
  }
}
