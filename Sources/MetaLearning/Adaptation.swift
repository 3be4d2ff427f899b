public import NeuralNetworks
public import TensorCore

/// The inner loop: which parameters a task adapts, by which rule, and what the meta-gradient sees of it.
public struct Adaptation: Sendable {
  /// The parameters that a task gets of its own; all others stay as they are.
  public var adapted: ParameterSelection
  /// One step.
  public var rule: any UpdateRule
  /// How outer gradients pass through the steps.
  public var metaGradient: MetaGradient

  /// Creates an inner loop.
  public init(adapted: ParameterSelection, rule: any UpdateRule, metaGradient: MetaGradient) {
    self.adapted = adapted
    self.rule = rule
    self.metaGradient = metaGradient
  }

  /// A task's loss as a function of the model's parameters.
  public typealias Loss<Scalar: TensorScalar> = (Parameters<Scalar>) -> Tensor<Scalar>

  /// The parameters after one step for each of `losses`, on known values and in traced functions alike.
  ///
  /// A supervised task gives the same loss for every step; in reinforcement learning each step has episodes of its own.
  public func callAsFunction<Scalar>(
    _ parameters: Parameters<Scalar>, losses: [Loss<Scalar>]
  ) -> Parameters<Scalar> {
    losses.reduce(parameters) { step($0, loss: $1) }
  }

  /// The parameters after one step on `loss`.
  public func step<Scalar>(_ parameters: Parameters<Scalar>, loss: Loss<Scalar>) -> Parameters<Scalar> {
    let current = parameters.selecting(adapted)
    precondition(!current.names.isEmpty, "\(adapted) selects none of the parameters \(parameters.names)")
    let slope = gradient(at: current.tensors) { tensors in
      loss(parameters.merging(current.replacingTensors(tensors)))
    }
    var gradients = current.replacingTensors(slope)
    // First order: the gradient that made the step is taken as a constant here.
    if metaGradient != .unrolled { gradients = gradients.map(stopGradient) }
    return parameters.merging(rule.step(current, gradient: gradients))
  }
}
