public import NeuralNetworks
import TensorCore

/// Steps of one kind in an inner loop: which parameters they move, by which rule, towards what.
public struct Phase: Sendable {
  /// How outer gradients pass through the steps.
  public enum Gradients: Hashable, Sendable {
    /// Exactly: every step is differentiated, second derivatives of the loss included (MAML, eq. 1).
    case unrolled
    /// As if a step's gradient, and what the rule remembers of the way so far, were constants: d phi / d theta = identity on
    /// the adapted parameters (FOMAML). For a sparse recovery it is the direct gradient (MLSR, theorem 1), as if the recovered
    /// parameters did not depend on the features; their own starting point, which is meta-learned, gets the outer gradient of
    /// the weights that no step set to 0.
    case stopped
  }

  /// The parameters that the steps move.
  public var adapted: ParameterSelection
  /// One step.
  public var rule: any UpdateRule
  /// How outer gradients pass through the steps.
  public var gradients: Gradients
  /// How many steps there are; as many as a run asks for where nil.
  public var steps: Int?
  /// What the steps minimize.
  public var objective: Adaptation.Objective
  /// Where the parameters start that the steps move.
  public var start: Adaptation.Start
  /// How the host finds a step towards the minimum that `rule`, a `PenalizedRule`, describes; nil where `rule` makes it.
  public var search: HessianFreeSearch?

  /// Creates a phase.
  public init(
    adapted: ParameterSelection, rule: any UpdateRule, gradients: Gradients = .unrolled, steps: Int? = nil,
    objective: Adaptation.Objective = .taskLoss, start: Adaptation.Start = .learned, search: HessianFreeSearch? = nil
  ) {
    self.adapted = adapted
    self.rule = rule
    self.gradients = gradients
    self.steps = steps
    self.objective = objective
    self.start = start
    self.search = search
  }

  /// The parameters of a model that the steps move.
  func chosen<Scalar>(of model: Parameters<Scalar>) -> Parameters<Scalar> {
    let chosen = model.selecting(adapted)
    guard !chosen.names.isEmpty else { fatalError("\(adapted) selects none of the parameters \(model.names)") }
    return chosen
  }

  /// A model after a step on `loss`.
  func moved<Scalar>(
    _ model: Parameters<Scalar>, state: inout UpdateState<Scalar>, context: UpdateContext<Scalar>,
    loss: Adaptation.Loss<Scalar>
  ) -> Parameters<Scalar> {
    precondition(search == nil, "a step that is searched for cannot be traced: InnerLoop makes it")
    let current = chosen(of: model)
    // First order: the way that led here is taken as a constant, as is the gradient below.
    if gradients == .stopped { state = rule.stoppingGradients(ofTheWay: state) }
    var lossGradient = gradient(at: rule.gradientPoint(current, state: state)) { loss(model.merging($0)) }
    // First order: the gradient that made the step is taken as a constant here.
    if gradients == .stopped { lossGradient = lossGradient.map(stopGradient) }
    return model.merging(rule.step(current, gradient: lossGradient, state: &state, context: context))
  }
}
