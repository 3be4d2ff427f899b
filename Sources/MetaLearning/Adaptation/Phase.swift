public import NeuralNetworks
import TensorCore

/// Steps of one kind in an inner loop: the parameters that they update, the rule, and the objective.
public struct Phase: Sendable {
  /// The way in which outer gradients pass through the steps.
  public enum Gradients: Hashable, Sendable {
    /// Every step is differentiated exactly, second derivatives of the loss included (MAML, eq. 1).
    case unrolled
    /// The last `steps` steps of the inner loop are differentiated exactly, and the parameters before them are constants
    /// (truncated back-propagation; Shaban, Cheng, Hirschey, Boots 2018; iMAML, table 1). The meta-parameters get what
    /// reaches them through these steps, such as the centre of a proximal term; the start itself gets nothing unless these
    /// are all steps. `steps` is at least 1.
    case truncated(steps: Int)
    /// A step's gradient, and what the rule accumulated in earlier steps, are treated as constants: d phi / d theta =
    /// identity on the adapted parameters (FOMAML). For a sparse recovery it is the direct gradient (MLSR, theorem 1), as
    /// if the recovered parameters did not depend on the features; their meta-learned start gets the outer gradient of the
    /// weights that no step set to 0.
    case stopped
  }

  /// The parameters that the steps update.
  public var adapted: ParameterSelection
  /// The update rule of each step.
  public var rule: any UpdateRule
  /// The way in which outer gradients pass through the steps.
  public var gradients: Gradients
  /// The number of steps; nil for as many as a run asks for.
  public var steps: Int?
  /// The objective that the steps minimize.
  public var objective: Adaptation.Objective
  /// The initial values of the parameters that the steps update.
  public var start: Adaptation.Start
  /// The host's search for a step towards the minimum that `rule`, a `PenalizedRule`, describes; nil where `rule` makes
  /// the step.
  public var search: HessianFreeSearch?
  /// The distance from the minimum that `rule`, a `PenalizedRule` with an attraction, describes, at which the steps of a task
  /// end; nil where every task makes all steps. The distance is bounded by the norm of the inner objective's gradient,
  /// divided by the smallest strength of the attraction, which holds where the loss is convex. Steps that are traced ignore
  /// it, since their number cannot depend on values.
  public var tolerance: Double?

  /// Creates a phase.
  public init(
    adapted: ParameterSelection, rule: any UpdateRule, gradients: Gradients = .unrolled, steps: Int? = nil,
    objective: Adaptation.Objective = .taskLoss, start: Adaptation.Start = .learned, search: HessianFreeSearch? = nil,
    tolerance: Double? = nil
  ) {
    self.adapted = adapted
    self.rule = rule
    self.gradients = gradients
    self.steps = steps
    self.objective = objective
    self.start = start
    self.search = search
    self.tolerance = tolerance
  }

  /// The number of the last steps of the inner loop that a truncated gradient passes through; nil where it is not truncated.
  var truncation: Int? { if case .truncated(let steps) = gradients { steps } else { nil } }

  /// The parameters and the rule's state as constants, for a gradient that passes through later steps alone.
  func detached<Scalar>(
    _ model: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> (model: Parameters<Scalar>, state: UpdateState<Scalar>) {
    (model.merging(chosen(of: model).map(stopGradient)), rule.stoppingGradients(ofTheWay: state))
  }

  /// The parameters of a model that the steps update.
  func chosen<Scalar>(of model: Parameters<Scalar>) -> Parameters<Scalar> {
    let chosen = model.selecting(adapted)
    guard !chosen.names.isEmpty else { fatalError("\(adapted) selects none of the parameters \(model.names)") }
    return chosen
  }

  /// The state of a model after a step on `loss`, and the gradient that made it.
  func moved<Scalar>(
    _ model: Parameters<Scalar>, state: inout UpdateState<Scalar>, context: UpdateContext<Scalar>,
    loss: Adaptation.Loss<Scalar>
  ) -> (model: Parameters<Scalar>, gradient: Parameters<Scalar>) {
    precondition(search == nil, "a step that is searched for cannot be traced: InnerLoop makes it")
    let current = chosen(of: model)
    // First order: the state accumulated so far is treated as a constant, as is the gradient below.
    if gradients == .stopped { state = rule.stoppingGradients(ofTheWay: state) }
    var lossGradient = gradient(at: rule.gradientPoint(current, state: state)) { loss(model.merging($0)) }
    // First order: the gradient that made the step is treated as a constant here.
    if gradients == .stopped { lossGradient = lossGradient.map(stopGradient) }
    return (model.merging(rule.step(current, gradient: lossGradient, state: &state, context: context)), lossGradient)
  }
}
