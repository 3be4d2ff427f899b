public import NeuralNetworks
import TensorCore

/// One step of an inner loop: the second of an algorithm's three parts.
///
/// Written in differentiable operations, so that a meta-gradient can run through it.
public protocol UpdateRule: Sendable {
  /// The adapted parameters after one step against `gradient`, the gradient of the task's loss at `parameters`.
  func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar>
}

/// phi' = phi - rate * gradient.
public struct GradientStep: UpdateRule, Hashable {
  /// The inner learning rate alpha.
  public var rate: Double

  /// Creates the rule.
  public init(rate: Double) { self.rate = rate }

  public func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar> {
    parameters - Tensor(Scalar(rate)) * gradient
  }
}

/// A gradient step on the loss plus `strength` times the L1 norm of the adapted parameters, whose subgradient at 0 is 0.
public struct L1GradientStep: UpdateRule, Hashable {
  /// The inner learning rate alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double

  /// Creates the rule.
  public init(rate: Double, strength: Double) {
    self.rate = rate
    self.strength = strength
  }

  public func step<Scalar>(_ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>) -> Parameters<Scalar> {
    let penalized = gradient + Tensor(Scalar(strength)) * parameters.map(sign)
    return parameters - Tensor(Scalar(rate)) * penalized
  }
}

/// A step of iterative soft thresholding (ISTA) on the loss plus `strength` times the L1 norm: a gradient step, then the
/// proximal map of the norm. Sparse recovery in its simplest form (MLSR, eq. 3; Daubechies et al. 2004).
public struct SoftThresholdingStep: UpdateRule, Hashable {
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
}
