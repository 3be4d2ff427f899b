public import NeuralNetworks
import TensorCore

/// A step of iterative soft thresholding (ISTA) on the loss plus `strength` times the L1 norm: a gradient step, followed
/// by the proximal map of the norm. It is sparse recovery in its simplest form (MLSR, eq. 3; Daubechies et al. 2004).
///
/// With a `ridge`, half the squared L2 norm is added to the penalty (the elastic net; Zou and Hastie, "Regularization and
/// variable selection via the elastic net", 2005); its proximal map only divides the thresholded weights.
public struct SoftThresholdingStep: PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double
  /// The weight rho of half the squared L2 norm; 0 for no ridge.
  public var ridge: Double

  /// Creates the rule from a step size and the weights of the penalty.
  public init(rate: Double, strength: Double, ridge: Double = 0) {
    self.rate = rate
    self.strength = strength
    self.ridge = ridge
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(rate)) * gradient
  }

  public var setsZeros: Bool { true }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    thresholded(moved)
  }

  /// The proximal map of the L1 norm and the ridge.
  func thresholded<Scalar>(_ parameters: Parameters<Scalar>) -> Parameters<Scalar> {
    let threshold = Tensor(Scalar(rate * strength))
    return shrunk(parameters.map { softThreshold($0, by: threshold) }, rate: rate, ridge: ridge)
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    let norm = Tensor(Scalar(strength)) * parameters.map(abs)
    return ridge == 0 ? norm : norm + Tensor(Scalar(0.5 * ridge)) * parameters.map(square)
  }

  /// A mask of the weights that are not 0: near the minimum the others stay at 0.
  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    parameters.map { $0 .!= 0 }
  }
}

/// The proximal map of rho / 2 times the squared L2 norm after a step of size `rate`.
func shrunk<Scalar>(_ parameters: Parameters<Scalar>, rate: Double, ridge: Double) -> Parameters<Scalar> {
  ridge == 0 ? parameters : Tensor(Scalar(1 / (1 + rate * ridge))) * parameters
}
