public import NeuralNetworks
import RealModule
public import TensorCore

/// The gradient times a meta-learned positive factor for each element of each adapted parameter. As the first link of a
/// chain it gives any rule learned rates, as Meta-SGD has them (Li, Zhou, Chen, Li 2017, eq. 3), which stay positive.
///
/// The meta-parameters are the logarithms of the factors, 0 at first, so that a step of one size changes every rate by the
/// same share, whatever its size. A threshold of the rule, such as that of a sparse recovery, is not multiplied.
public struct LearnedFactors: UpdateRule, Hashable {
  /// Creates the rule.
  public init() {}

  /// The logarithms of the factors, with the names and shapes of the adapted parameters.
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> { adapted.zeros }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    context.ruleParameters.map { exp($0) } * gradient
  }

  /// The geometric mean of all factors.
  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] {
    let logarithms = ruleParameters.tensors.flatMap { $0.scalars }
    let mean = logarithms.reduce(0) { $0 + Double($1) } / Double(max(logarithms.count, 1))
    return [("inner_rate_factor", .exp(mean))]
  }
}
