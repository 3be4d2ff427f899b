public import NeuralNetworks
import TensorCore

/// A subgradient step on the loss plus `strength` times the L1 norm, with a step size that decays from step to step.
///
/// At a kink, where a minimum of absolute values lies, steps of constant length only oscillate around it. Where the loss
/// rises at least in proportion to the distance, as least absolute deviations do, steps that decay by a constant factor
/// converge to the minimum itself (Goffin, "On convergence rates of subgradient optimization methods", 1977).
public struct SubgradientStep: UpdateRule, Hashable {
  /// The step size alpha of the first step.
  public var rate: Double
  /// The weight lambda of the L1 norm, whose subgradient at 0 is 0; 0 for none.
  public var strength: Double
  /// The factor of the step size after each step; 1 for a constant step size.
  public var decay: Double

  private static let rate = "rate"

  /// Creates the rule from the size and decay of its steps and the weight of the L1 norm.
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
