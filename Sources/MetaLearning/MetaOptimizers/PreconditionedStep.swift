public import NeuralNetworks
import TensorCore

/// A step along a meta-learned map of the gradient, phi' = phi - rate * U(gradient), which no task changes.
public struct PreconditionedStep: UpdateRule {
  /// The map U.
  public var transform: any GradientTransform
  /// The inner learning rate alpha.
  public var rate: Double

  /// Creates the rule.
  public init(_ transform: any GradientTransform, rate: Double) {
    self.transform = transform
    self.rate = rate
  }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    transform.initialParameters(forEach: adapted)
  }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    parameters - Tensor(Scalar(rate)) * transform.updates(gradient, own: own)
  }
}
