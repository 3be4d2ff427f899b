public import NeuralNetworks
public import TensorCore

/// A map U_xi from the gradient of one adapted parameter to its update, with parameters xi of its own: a meta-optimizer
/// ("Decoupling adaptation from modeling with meta-optimizers", section 4.1).
///
/// Every adapted parameter has a map of its own. A gradient that several tasks bring has a leading tasks axis; xi has it
/// where each task has a copy, and is else shared by all.
public protocol GradientTransform: Sendable {
  /// xi as meta-training starts, for a parameter of `shape`, without a tasks axis.
  func initialParameters<Scalar>(for shape: Shape) -> Parameters<Scalar>

  /// U_xi(gradient), of the gradient's shape.
  func callAsFunction<Scalar>(_ gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>) -> Tensor<Scalar>
}

extension GradientTransform {
  /// xi of every adapted parameter, each under the parameter's name and a point.
  func initialParameters<Scalar>(forEach adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    zip(adapted.names, adapted.shapes).reduce(Parameters([])) { all, entry in
      all.appending(initialParameters(for: entry.1).prefixed("\(entry.0)."))
    }
  }

  /// Each gradient by its own map; `ruleParameters` are those of all.
  func updates<Scalar>(_ gradients: Parameters<Scalar>, ruleParameters: Parameters<Scalar>) -> Parameters<Scalar> {
    gradients.replacingTensors(
      zip(gradients.names, gradients.tensors).map { self($1, ruleParameters.group("\($0).")) })
  }
}
