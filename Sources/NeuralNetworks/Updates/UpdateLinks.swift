import TensorCore

/// The gradient times a constant. Alone it is gradient descent, phi' = phi - rate * gradient.
public struct Scaled: UpdateRule, Hashable {
  /// The factor of the gradient: the learning rate.
  public var rate: Double

  /// Creates the rule with its learning rate.
  public init(by rate: Double) { self.rate = rate }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(rate)) * gradient
  }
}

/// Gradient descent, under the name that algorithms use for `Scaled`.
public typealias GradientStep = Scaled

extension Scaled {
  /// Creates the rule of gradient descent.
  public init(rate: Double) { self.init(by: rate) }
}

/// The gradient times a factor that depends on the step: a schedule of the learning rate.
public struct Scheduled: UpdateRule {
  /// The factor in step `count`; the first step is 1.
  public let rate: @Sendable (_ count: Int) -> Double

  /// Creates a schedule from the factor of each step.
  public init(_ rate: @escaping @Sendable (_ count: Int) -> Double) { self.rate = rate }

  /// A schedule that changes linearly from `start` in the first step to `end` after `steps` steps, and then stays at
  /// `end`.
  public static func linear(from start: Double, to end: Double, steps: Int) -> Scheduled {
    Scheduled { count in start + (end - start) * min(1, Double(count - 1) / Double(steps)) }
  }

  private static let rate = "rate"

  public func coefficients(step count: Int) -> [(name: String, value: Double)] { [(Self.rate, rate(count))] }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    context.coefficients[Self.rate] * gradient
  }
}

/// Clips the gradient to a largest global norm, over all parameters of a task together, and keeps its direction. A
/// gradient whose norm is not finite stays as it is.
public struct ClippedGlobalNorm: UpdateRule, Hashable {
  /// The largest global norm; longer gradients are scaled to it.
  public var limit: Double

  /// Creates the rule with its largest norm.
  public init(_ limit: Double) {
    precondition(limit > 0, "a gradient cannot be clipped to a norm of \(limit)")
    self.limit = limit
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    gradient.clipped(toGlobalNorm: Scalar(limit), tasks: context.tasks)
  }
}

/// Momentum: the sum of all past gradients with weights that decay at every step, v' = decay * v + gradient (Polyak's
/// heavy ball).
public struct Momentum: UpdateRule, Hashable {
  /// The factor of the sum in each step, in 0..<1.
  public var decay: Double

  private static let velocity = "velocity"

  /// Creates the rule with its decay.
  public init(decay: Double = 0.9) {
    precondition((0..<1).contains(decay), "a momentum cannot decay by \(decay)")
    self.decay = decay
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.velocity, adapted.zeros)])
  }

  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    state.mapTensors(stopGradient)
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let velocity = Tensor(Scalar(decay)) * state[Self.velocity] + gradient
    state[Self.velocity] = velocity
    return velocity
  }
}
