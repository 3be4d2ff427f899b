public import NeuralNetworks
import TensorCore

/// A gradient step with a meta-learned rate for each element of each adapted parameter: phi' = phi - alpha o gradient,
/// alpha of any sign (Li, Zhou, Chen, Li, "Meta-SGD", 2017, eq. 3).
public struct LearnedRateStep: UpdateRule, Hashable {
  /// The initial value of every rate.
  public var initialRate: Double

  /// Creates the rule with the initial value of every rate.
  public init(initialRate: Double) { self.initialRate = initialRate }

  /// The rates, with the names and shapes of the adapted parameters.
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    adapted.map { Tensor(repeating: Scalar(initialRate), shape: $0.shape) }
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    context.ruleParameters * gradient
  }
}
