public import NeuralNetworks
import TensorCore

/// A gradient step on the loss plus `strength` times the L1 norm of the adapted parameters, whose subgradient at 0 is 0.
public struct L1GradientStep: UpdateRule, Hashable {
  /// The inner learning rate alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double

  /// Creates the rule from a learning rate and the weight of the L1 norm.
  public init(rate: Double, strength: Double) {
    self.rate = rate
    self.strength = strength
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(rate)) * (gradient + Tensor(Scalar(strength)) * parameters.map(sign))
  }
}
