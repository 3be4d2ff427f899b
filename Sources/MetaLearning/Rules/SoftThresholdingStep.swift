public import NeuralNetworks
import TensorCore

/// A step of iterative soft thresholding (ISTA) on the loss plus `strength` times the L1 norm: a gradient step, then the
/// proximal map of the norm. Sparse recovery in its simplest form (MLSR, eq. 3; Daubechies et al. 2004).
public struct SoftThresholdingStep: PlainUpdateRule, PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double

  /// Creates the rule.
  public init(rate: Double, strength: Double) {
    self.rate = rate
    self.strength = strength
  }

  public func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar> {
    let threshold = Tensor(Scalar(rate * strength))
    return (parameters - Tensor(Scalar(rate)) * gradient).map { softThreshold($0, by: threshold) }
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, own: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(strength)) * parameters.map(abs)
  }

  /// The weights that are not 0: near the minimum the others stay there.
  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    parameters.map { $0 .!= 0 }
  }
}
