public import NeuralNetworks
import TensorCore

/// A gradient step whose rate is meta-learned, one for each number of each adapted parameter: phi' = phi - alpha o
/// gradient, alpha of any sign (Li, Zhou, Chen, Li, "Meta-SGD", 2017, eq. 3).
public struct LearnedRateStep: UpdateRule, Hashable {
  /// What every rate starts as.
  public var initialRate: Double

  /// Creates the rule.
  public init(initialRate: Double) { self.initialRate = initialRate }

  /// The rates, under the names and in the shapes of the parameters that they belong to.
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
