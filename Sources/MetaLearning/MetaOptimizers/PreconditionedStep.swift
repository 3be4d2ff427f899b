public import NeuralNetworks
import TensorCore

/// A step along a meta-learned map of the gradient, phi' = phi - rate * U(gradient). Tasks do not adapt the map.
public struct PreconditionedStep: UpdateRule {
  /// The map U.
  public var transform: any GradientTransform
  /// The inner learning rate alpha.
  public var rate: Double

  /// Creates the rule from a map and an inner learning rate.
  public init(_ transform: any GradientTransform, rate: Double) {
    self.transform = transform
    self.rate = rate
  }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    transform.initialParameters(forEach: adapted)
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(rate)) * transform.updates(gradient, ruleParameters: context.ruleParameters)
  }
}
