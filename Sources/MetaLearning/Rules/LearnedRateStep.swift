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

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own rates: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    parameters - rates * gradient
  }
}
