import NeuralNetworks
public import Parts

/// Sparse recovery and MAML on three levels: a task first recovers a sparse output layer, which selects the features that
/// matter, then adapts every parameter. By default the outer gradient passes through the second part and treats the first
/// as a constant.
///
/// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), the end of section 3.
public struct MLSRMAML: MetaAlgorithm {
  public let card = Card(
    "mlsr-maml", "sparse recovery of the output layer, then gradient steps on every parameter",
    source: "Lou, Zhao, Wang 2021")
  /// The step size of the gradient steps.
  public var rate = 0.01
  /// The way in which outer gradients pass through the recovery.
  public var differentiation = Differentiation.own
  /// The settings of the recovery.
  public var recovery = SparseRecovery()
  /// The number of recovery steps.
  public var recoverySteps = 1
  /// The step size of the recovery.
  public var recoveryRate = 3.0

  public static let settings: [Setting<Self>] =
    [.innerRate(\.rate), .metaGradient(\.differentiation)]
    + Setting.settings(of: \.recovery).map { setting in
      // The first step has the size `recovery_rate`, so that the decay matters from the second step on.
      setting.key.name != SparseRecovery.decayKey
        ? setting
        : setting.used("recovery_steps of 2 and more") { $0.recoverySteps > 1 }
    } + [
      Setting(
        "recovery_steps", \.recoverySteps, in: 1...100, "updates of the recovery, before the inner_steps"
      ).measured(in: "steps"),
      Setting("recovery_rate", \.recoveryRate, in: 0...1_000, "step size of the recovery"),
    ]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    [
      Phase(
        adapted: .outputLayer, rule: recovery.rule(rate: recoveryRate),
        gradients: differentiation.gradients(standard: .direct), steps: recoverySteps, objective: recovery.objective,
        start: recovery.start),
      Phase(adapted: .all, rule: GradientStep(rate: rate)),
    ]
  }

  public func obstacle(on problem: LearningProblem) -> String? {
    if differentiation == .implicit {
      return "meta_gradient=implicit: its recovery is not where the adaptation ends; expected direct or unrolled, or "
        + "algorithm=mlsr"
    }
    if let adapted = problem.adapted, !adapted.contains(ParameterSelection.outputLayerName) {
      return "adapted: expected the output layer among them, which is recovered first, found "
        + "'\(adapted.joined(separator: ", "))'"
    }
    return differentiation.obstacleOfARecovery ?? recovery.obstacle(on: problem)
  }

  public var divergenceRemedy: String { "a smaller recovery_rate, inner_rate or outer_rate" }
}
