public import NeuralNetworks
import TensorCore

/// Soft thresholding with momentum (FISTA; Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm for
/// linear inverse problems", 2009, eqs. 4.1 to 4.3): the gradient is taken ahead of the parameters, on the line through
/// the last two.
public struct AcceleratedThresholdingStep: PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double
  /// The weight rho of half the squared L2 norm; 0 for none.
  public var ridge: Double

  /// How far ahead of each parameter its next gradient is taken.
  private static let momentum = "momentum."
  /// t of the paper.
  private static let inertia = "inertia"

  /// Creates the rule.
  public init(rate: Double, strength: Double, ridge: Double = 0) {
    self.rate = rate
    self.strength = strength
    self.ridge = ridge
  }

  private var plain: SoftThresholdingStep { SoftThresholdingStep(rate: rate, strength: strength, ridge: ridge) }

  public func initialMemory<Scalar>(
    for adapted: Parameters<Scalar>, own: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    adapted.zeros.prefixed(Self.momentum).appending(Parameters([(Self.inertia, 1)]))
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    parameters + memory.group(Self.momentum)
  }

  /// The momentum is the way between earlier parameters, which theorem 1 of MLSR holds as it holds the gradient. With its
  /// derivative a weight that was set to 0 and comes back would get the outer gradient times -(t - 1) / t'.
  public func stoppingGradients<Scalar>(ofTheWay memory: Parameters<Scalar>) -> Parameters<Scalar> {
    memory.map(stopGradient)
  }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    let moved = plain.step(gradientPoint(parameters, memory: memory), gradient: gradient)
    let inertia = memory[Self.inertia]
    let next = 0.5 * (1 + sqrt(1 + 4 * square(inertia)))
    let momentum = ((inertia - 1) / next) * (moved - parameters)
    memory = momentum.prefixed(Self.momentum).appending(Parameters([(Self.inertia, next)]))
    return moved
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, own: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> { plain.penalty(of: parameters, own: own, memory: memory) }

  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    plain.support(of: parameters)
  }
}
