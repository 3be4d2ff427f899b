public import NeuralNetworks
public import TensorCore

/// A gradient step on the loss plus lambda / 2 |phi - theta|^2, which attracts a task to its start (iMAML, eq. 3).
public struct ProximalStep: PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The strength lambda of the proximal term, which is positive; where it is learned, its initial value.
  public var regularization: Double
  /// Whether lambda is a meta-parameter (iMAML, section 2.2). The meta-parameter is log lambda, so that lambda stays
  /// positive.
  public var learnsRegularization: Bool

  private static let start = "start"
  private static let logRegularization = "log_regularization"

  /// Creates the rule; `regularization` must be positive.
  public init(rate: Double, regularization: Double, learnsRegularization: Bool = false) {
    precondition(regularization > 0, "the strength of a proximal term is positive, not \(regularization)")
    self.rate = rate
    self.regularization = regularization
    self.learnsRegularization = learnsRegularization
  }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    learnsRegularization ? Parameters([(Self.logRegularization, log(Tensor(Scalar(regularization))))]) : Parameters([])
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.start, adapted)])
  }

  private func strength<Scalar>(_ ruleParameters: Parameters<Scalar>) -> Tensor<Scalar> {
    learnsRegularization ? exp(ruleParameters[Self.logRegularization]) : Tensor(Scalar(regularization))
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let pull = strength(context.ruleParameters) * (parameters - state[Self.start])
    return Tensor(Scalar(rate)) * (gradient + pull)
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    0.5 * strength(ruleParameters) * (parameters - state[Self.start]).map(square)
  }

  public func attraction<Scalar>(ruleParameters: Parameters<Scalar>) -> Tensor<Scalar>? { strength(ruleParameters) }
}
