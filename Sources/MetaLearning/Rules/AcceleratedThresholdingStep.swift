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

  private static let previous = "previous."
  /// t of the paper.
  private static let inertia = "inertia"
  /// (t - 1) / t', the share of the last step that is gone ahead.
  private static let lead = "lead"

  /// Creates the rule.
  public init(rate: Double, strength: Double) {
    self.rate = rate
    self.strength = strength
  }

  private var plain: SoftThresholdingStep { SoftThresholdingStep(rate: rate, strength: strength) }

  public func initialMemory<Scalar>(
    for adapted: Parameters<Scalar>, own: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    adapted.prefixed(Self.previous).appending(Parameters([(Self.inertia, 1), (Self.lead, 0)]))
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    parameters + memory[Self.lead] * (parameters - memory.group(Self.previous))
  }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    let moved = plain.step(gradientPoint(parameters, memory: memory), gradient: gradient)
    let inertia = memory[Self.inertia]
    let next = 0.5 * (1 + sqrt(1 + 4 * square(inertia)))
    memory = parameters.prefixed(Self.previous)
      .appending(Parameters([(Self.inertia, next), (Self.lead, (inertia - 1) / next)]))
    return moved
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, own: Parameters<Scalar>, memory: Parameters<Scalar>
  ) -> Parameters<Scalar> { plain.penalty(of: parameters, own: own, memory: memory) }

  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    plain.support(of: parameters)
  }
}
