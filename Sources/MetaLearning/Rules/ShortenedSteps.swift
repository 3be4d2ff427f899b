public import NeuralNetworks
public import TensorCore

/// A rule whose steps are shortened from some step on: where a task takes more steps than the rule was trained for, the
/// update of step k is multiplied by a factor, and by `trained / k` where the rate falls. What the rule learns, draws and
/// remembers keeps its names.
public struct ShortenedSteps: UpdateRule {
  /// The rule.
  public let base: any UpdateRule
  /// The number of steps that keep their length.
  public let trained: Int

  /// The factor of later steps.
  public let factor: Double
  /// Whether step k is also multiplied by `trained / k`.
  public let isFalling: Bool

  /// Creates a rule that keeps the length of `trained` steps.
  public init(_ base: any UpdateRule, after trained: Int, factor: Double = 1, isFalling: Bool = true) {
    precondition(trained >= 1, "a rule takes a step at least before its steps get shorter")
    (self.base, self.trained, self.factor, self.isFalling) = (base, trained, factor, isFalling)
  }

  private static let share = "share_of_step"

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    base.metaParameters(for: adapted)
  }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    base.noise(for: adapted)
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    base.initialState(for: adapted, ruleParameters: ruleParameters, noise: noise)
  }

  private func share(ofStep count: Int) -> Double {
    guard count > trained else { return 1 }
    return isFalling ? factor * Double(trained) / Double(count) : factor
  }

  public func coefficients(step count: Int) -> [(name: String, value: Double)] {
    base.coefficients(step: count) + [(Self.share, share(ofStep: count))]
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> { base.gradientPoint(parameters, state: state) }

  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    base.stoppingGradients(ofTheWay: state)
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    context.coefficients[Self.share] * base.update(gradient, at: parameters, state: &state, context: context)
  }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> { base.proximal(moved, from: parameters, state: &state) }

  public var setsZeros: Bool { base.setsZeros }

  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] {
    base.summary(of: ruleParameters)
  }
}
