public import NeuralNetworks
public import TensorCore

/// One step of an inner loop: the second of an algorithm's three parts.
///
/// Written in differentiable operations, so that a meta-gradient can run through it. Parameters that several tasks adapt
/// at once have a leading tasks axis, and so have their gradients: a rule broadcasts, and never counts axes from the
/// first.
public protocol UpdateRule: Sendable {
  /// Meta-parameters that the rule brings beside the model's, with the values that training starts from.
  /// - Parameter adapted: the parameters that the rule will move, as the model starts with them.
  func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar>

  /// The random numbers, uniform between 0 and 1 without the two, that every task draws once, before its first step.
  /// - Parameter adapted: the parameters that the rule will move, as the model starts with them.
  func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)]

  /// What the rule remembers of a task before its first step, such as running averages.
  /// - Parameters:
  ///   - adapted: the parameters where the inner loop starts.
  ///   - own: the rule's meta-parameters, with the tasks axis where several tasks adapt at once.
  ///   - noise: the random numbers of each task, likewise.
  func initialMemory<Scalar>(
    for adapted: Parameters<Scalar>, own: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> Parameters<Scalar>

  /// Where a step takes the gradient: at the parameters themselves, or ahead of them as an accelerated method does.
  func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar>

  /// What the rule remembers, with the gradients stopped of what it remembers of the way so far: a meta-gradient that takes
  /// the gradients of steps as constants takes this, too. What comes from the rule's meta-parameters keeps its gradients.
  func stoppingGradients<Scalar>(ofTheWay memory: Parameters<Scalar>) -> Parameters<Scalar>

  /// The adapted parameters after one step.
  /// - Parameters:
  ///   - parameters: where the task is.
  ///   - gradient: the gradient of the task's loss at `gradientPoint`.
  ///   - own: the rule's meta-parameters.
  ///   - memory: what the rule remembers, before the step and after it.
  func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar>

  /// What the meta-parameters have become in numbers that a user follows, under the names of their columns.
  /// - Parameter own: the rule's meta-parameters.
  func summary(of own: Parameters<Float>) -> [(name: String, value: Double)]
}

extension UpdateRule {
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> { Parameters([]) }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] { [] }

  public func initialMemory<Scalar>(
    for adapted: Parameters<Scalar>, own: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    Parameters([])
  }

  public func summary(of own: Parameters<Float>) -> [(name: String, value: Double)] { [] }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> { parameters }

  public func stoppingGradients<Scalar>(ofTheWay memory: Parameters<Scalar>) -> Parameters<Scalar> { memory }
}

/// A rule that needs nothing but the parameters and their gradient.
public protocol PlainUpdateRule: UpdateRule {
  /// The adapted parameters after one step against `gradient`, the gradient of the task's loss at `parameters`.
  func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar>
}

extension PlainUpdateRule {
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    step(parameters, gradient: gradient)
  }
}

/// phi' = phi - rate * gradient.
public struct GradientStep: PlainUpdateRule, Hashable {
  /// The inner learning rate alpha.
  public var rate: Double

  /// Creates the rule.
  public init(rate: Double) { self.rate = rate }

  public func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar> {
    parameters - Tensor(Scalar(rate)) * gradient
  }
}

/// A gradient step on the loss plus `strength` times the L1 norm of the adapted parameters, whose subgradient at 0 is 0.
public struct L1GradientStep: PlainUpdateRule, Hashable {
  /// The inner learning rate alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double

  /// Creates the rule.
  public init(rate: Double, strength: Double) {
    self.rate = rate
    self.strength = strength
  }

  public func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar> {
    let penalized = gradient + Tensor(Scalar(strength)) * parameters.map(sign)
    return parameters - Tensor(Scalar(rate)) * penalized
  }
}
