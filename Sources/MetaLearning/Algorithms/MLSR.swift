import NeuralNetworks
public import Parts

/// Meta-learning from sparse recovery: a task recovers a sparse output layer on features that all tasks share. By default
/// the outer gradient does not pass through the recovery.
///
/// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), eqs. 3 and 4, theorem 1.
public struct MLSR: MetaAlgorithm {
  public let card = Card(
    "mlsr", "sparse recovery of the output layer, by proximal gradient or otherwise; gradient direct",
    source: "Lou, Zhao, Wang 2021")
  /// The step size of the recovery.
  public var rate = 0.01
  /// The way in which the outer loss is differentiated.
  public var differentiation = Differentiation.own
  /// The settings of the recovery.
  public var recovery = SparseRecovery()
  /// The weight rho of half the squared L2 norm of the recovered layer under an implicit meta-gradient.
  ///
  /// Where a support has more weights than there are examples, the Hessian of the loss on it is singular and the minimum
  /// is not unique, so that it cannot be differentiated. The ridge makes the minimum unique and smooth in the features.
  public var ridge = 0.1
  /// The settings of the solver of an implicit meta-gradient.
  public var solver = ConjugateGradientSettings(steps: 50, tolerance: 0.0001)

  public static let settings: [Setting<Self>] =
    [.innerRate(\.rate), .metaGradient(\.differentiation)] + Setting.settings(of: \.recovery)
    + ([
      Setting(
        "recovery_ridge", \.ridge, in: 0...1_000, excludingLowerBound: true,
        "weight rho of rho / 2 |phi|^2 in an implicitly differentiated recovery: without it, more weights than examples "
          + "have no one minimum")
    ] + Setting.settings(of: \.solver)).map { setting in
      setting.used("with meta_gradient=implicit") { $0.differentiation == .implicit }
    }

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    // Only an implicit meta-gradient needs a unique minimum.
    let ridge = differentiation == .implicit ? self.ridge : 0
    return [
      Phase(
        adapted: .outputLayer, rule: recovery.rule(rate: rate, ridge: ridge),
        gradients: differentiation.gradients(standard: .direct), objective: recovery.objective,
        start: recovery.start)
    ]
  }

  public var metaGradient: MetaGradient { differentiation.metaGradient(standard: .direct, solver: solver) }

  public func obstacle(on problem: LearningProblem) -> String? {
    if let obstacle = differentiation.obstacleOfARecovery ?? recovery.obstacle(on: problem) { return obstacle }
    if recovery.start == .zero, problem.layers.count > 1, let adapted = problem.adapted,
      adapted != [ParameterSelection.outputLayerName]
    {
      return "recovery_start=zero with adapted=\(adapted.joined(separator: ",")): a network whose hidden layers are 0 "
        + "has no gradient to learn from; expected adapted=own or output, or recovery_start=learned"
    }
    guard differentiation == .implicit else { return nil }
    let reason: String
    switch (recovery.method, recovery.start) {
    case (.subgradient, _), (.absoluteDeviation, _):
      reason =
        "recovery=\(recovery.method.rawValue) does not say which weights are exactly 0, so that there is no support to "
        + "differentiate on; expected direct or unrolled, or recovery=ista, fista or hard-threshold"
    case (_, .learned):
      reason =
        "where a recovery ends does not depend on where it began, so that a learned start would stay as it is; expected "
        + "recovery_start=zero with it, or direct or unrolled"
    default: return problem.hasFixedExamples ? nil : Self.episodesObstacle
    }
    return "meta_gradient=implicit: \(reason)"
  }

  private static let episodesObstacle =
    "meta_gradient=implicit: its gradient is that of one fixed inner problem, but a policy meets new episodes at every "
    + "inner step; expected direct or unrolled"
}
