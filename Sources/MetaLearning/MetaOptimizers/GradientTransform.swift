public import NeuralNetworks
public import TensorCore

/// A meta-optimizer: a map U_xi from the gradient of one adapted parameter to its update, with parameters xi ("Decoupling
/// adaptation from modeling with meta-optimizers", section 4.1).
///
/// Every adapted parameter has a separate map. A gradient of several tasks has the tasks as its first axis. xi has this
/// axis too where each task has a copy, and is shared by all tasks otherwise.
public protocol GradientTransform: Sendable {
  /// The initial xi of a parameter of `shape`, without a tasks axis.
  func initialParameters<Scalar>(for shape: Shape) -> Parameters<Scalar>

  /// The update U_xi(gradient), of the gradient's shape.
  func callAsFunction<Scalar>(_ gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>) -> Tensor<Scalar>
}

extension GradientTransform {
  /// The initial xi of every adapted parameter. Names follow the parameter's name and a point.
  func initialParameters<Scalar>(forEach adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    zip(adapted.names, adapted.shapes).reduce(Parameters([])) { all, entry in
      all.appending(initialParameters(for: entry.1).prefixed("\(entry.0)."))
    }
  }

  /// The updates of all gradients, each by the map of its parameter. `ruleParameters` holds the xi of all maps.
  func updates<Scalar>(_ gradients: Parameters<Scalar>, ruleParameters: Parameters<Scalar>) -> Parameters<Scalar> {
    gradients.replacingTensors(
      zip(gradients.names, gradients.tensors).map { self($1, ruleParameters.group("\($0).")) })
  }
}
