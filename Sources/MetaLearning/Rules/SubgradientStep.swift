public import NeuralNetworks
import TensorCore

/// A subgradient step on the loss plus `strength` times the L1 norm, of a length that shrinks from step to step.
///
/// At a kink, where a minimum of absolute values lies, steps of one length only circle it. Where the loss rises at least
/// in proportion to the distance, as least absolute deviations do, steps that shrink by a constant factor come to the
/// minimum itself (Goffin, "On convergence rates of subgradient optimization methods", 1977).
public struct SubgradientStep: UpdateRule, Hashable {
  /// The first step's size alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm, whose subgradient at 0 is 0; 0 for none.
  public var strength: Double
  /// What the step size is multiplied by after each step; 1 leaves it.
  public var decay: Double

  private static let rate = "rate"

  /// Creates the rule.
  public init(rate: Double, strength: Double = 0, decay: Double = 1) {
    self.rate = rate
    self.strength = strength
    self.decay = decay
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.rate, Parameters([(Self.rate, Tensor(Scalar(rate)))]))])
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let rate = state[Self.rate][Self.rate]
    state[Self.rate][Self.rate] = Tensor(Scalar(decay)) * rate
    return rate * (gradient + Tensor(Scalar(strength)) * parameters.map(sign))
  }
}
