import NeuralNetworks
public import Parts
import TensorCore

/// Implicit MAML: a task minimizes its loss plus a proximal term that keeps it near the start, and the outer gradient
/// follows from the minimum alone, not from the path to it.
///
/// Source: Rajeswaran, Finn, Kakade, Levine, "Meta-learning with implicit gradients" (2019), algorithms 1 and 2.
public struct IMAML: MetaAlgorithm {
  public let card = Card(
    "imaml", "gradient steps towards a proximal minimum, differentiated implicitly",
    source: "Rajeswaran, Finn, Kakade, Levine 2019")
  /// The inner learning rate alpha.
  public var rate = 0.001
  /// The momentum of the inner steps by Nesterov's method; 0 for gradient descent.
  public var momentum = 0.0
  /// The distance delta from the minimum at which a task's inner steps end (definition 1); 0 for none.
  public var tolerance = 0.0
  /// The settings of the regularised inner problem.
  public var proximal = ProximalSettings()
  /// The number of the last inner steps that truncated back-propagation passes through.
  public var truncation = 1

  public static let settings: [Setting<Self>] =
    solverSettings + Setting.settings(of: \.proximal) + [truncationSetting]

  private static let solverSettings: [Setting<Self>] = [
    .innerRate(\.rate),
    Setting(
      "inner_momentum", \.momentum, in: 0...0.9999,
      "momentum of the inner steps by Nesterov's method; 0: gradient descent; best (sqrt k - 1) / (sqrt k + 1) for an inner "
        + "objective of condition number k, with inner_rate 1 over its largest curvature"
    ).addedLater().asCondition(),
    Setting(
      "inner_tolerance", \.tolerance, in: 0...1e9,
      "distance delta from the minimum at which a task's inner steps end, by the bound |gradient| / lambda, which holds for "
        + "a convex loss; 0: every task makes inner_steps; the column inner_distance tells what they leave"
    ).addedLater().asCondition().used("with an implicit meta_gradient") { $0.proximal.differentiation.isImplicit },
  ]

  private static let truncationSetting: Setting<Self> = Setting(
    "truncated_steps", \.truncation, in: 1...1_000,
    "last inner steps that the meta-gradient passes through; earlier ones are constants"
  ).measured(in: "steps").addedLater().used("with meta_gradient=truncated") {
    $0.proximal.differentiation == .truncated
  }

  public let defaults: [String: SettingText] = ["inner_rate": 0.001, "inner_steps": 50]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    var phase = proximal.phase(rate: rate, momentum: momentum, truncation: truncation)
    if tolerance > 0, proximal.differentiation.isImplicit { phase.tolerance = tolerance }
    return [phase]
  }

  public var metaGradient: MetaGradient { proximal.metaGradient }

  public func obstacle(on problem: LearningProblem) -> String? {
    if proximal.differentiation == .direct {
      return
        "meta_gradient=direct: that is a sparse recovery's; expected implicit, unrolled or truncated, or algorithm=mlsr"
    }
    return proximal.obstacle(on: problem)
  }

  public var divergenceRemedy: String { "a smaller inner_rate or outer_rate, or a larger regularization," }
}

/// Implicit MAML whose inner steps are Newton steps by conjugate gradients, with a line search.
///
/// Source: Rajeswaran, Finn, Kakade, Levine, "Meta-learning with implicit gradients" (2019), section 4, "Hessian-free".
public struct HessianFreeIMAML: MetaAlgorithm {
  public let card = Card(
    "imaml-hf", "Hessian-free steps to a proximal minimum, differentiated implicitly",
    source: "Rajeswaran, Finn, Kakade, Levine 2019")
  /// The settings of the regularised inner problem.
  public var proximal = ProximalSettings()
  /// The number of conjugate-gradient steps for the direction of an inner step.
  public var directionSteps = 5
  /// The number of step lengths that the line search tries.
  public var trials = 10

  public static let settings: [Setting<Self>] =
    Setting.settings(of: \.proximal) + [
      Setting(
        "direction_cg_steps", \.directionSteps, in: 1...10_000,
        "conjugate-gradient steps for the direction of an inner step, at most"
      ).measured(in: "steps"),
      Setting(
        "line_search_trials", \.trials, in: 1...100, "lengths of an inner step that are tried: 1, 1/2, 1/4, ..."
      ).measured(in: "trials"),
    ]
  public let defaults: [String: SettingText] = ["inner_steps": 3]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    // The line search finds the length of each step, so the rule has no rate.
    var phase = proximal.phase(rate: 0)
    phase.search = HessianFreeSearch(direction: ConjugateGradient(maximumSteps: directionSteps), trials: trials)
    return [phase]
  }

  public var metaGradient: MetaGradient { proximal.metaGradient }

  public func obstacle(on problem: LearningProblem) -> String? {
    if [.unrolled, .truncated, .direct].contains(proximal.differentiation) {
      return "meta_gradient=\(proximal.differentiation.rawValue): its steps are found by a line search, which has no "
        + "derivative; expected implicit, or algorithm=imaml"
    }
    return proximal.obstacle(on: problem)
  }

  public var divergenceRemedy: String { "a larger regularization or a smaller outer_rate" }
}
