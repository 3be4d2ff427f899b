public import NeuralNetworks
import TensorCore

/// Soft thresholding with momentum (FISTA; Beck and Teboulle, "A fast iterative shrinkage-thresholding algorithm for
/// linear inverse problems", 2009, eqs. 4.1 to 4.3): the gradient is taken at a point extrapolated from the last two
/// iterates.
public struct AcceleratedThresholdingStep: PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The weight lambda of the L1 norm.
  public var strength: Double
  /// The weight rho of half the squared L2 norm; 0 for no ridge.
  public var ridge: Double

  /// The offset of the point of the next gradient from each parameter.
  private static let momentum = "momentum"
  /// The scalar t of the paper.
  private static let inertia = "inertia"

  /// Creates the rule from a step size and the weights of the penalty.
  public init(rate: Double, strength: Double, ridge: Double = 0) {
    self.rate = rate
    self.strength = strength
    self.ridge = ridge
  }

  private var plain: SoftThresholdingStep { SoftThresholdingStep(rate: rate, strength: strength, ridge: ridge) }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.momentum, adapted.zeros), (Self.inertia, Parameters([(Self.inertia, 1)]))])
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    parameters + state[Self.momentum]
  }

  /// Stops the gradient of the momentum. It is a difference of earlier iterates, which theorem 1 of MLSR holds constant
  /// like the gradient. With its derivative, a weight that was set to 0 and becomes nonzero again would get the outer
  /// gradient times -(t - 1) / t'.
  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    state.mapTensors(stopGradient)
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
    let thresholded = plain.thresholded(moved)
    let inertia = state[Self.inertia][Self.inertia]
    let next = 0.5 * (1 + sqrt(1 + 4 * square(inertia)))
    state[Self.momentum] = ((inertia - 1) / next) * (thresholded - parameters)
    state[Self.inertia] = Parameters([(Self.inertia, next)])
    return thresholded
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> { plain.penalty(of: parameters, ruleParameters: ruleParameters, state: state) }

  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    plain.support(of: parameters)
  }
}
