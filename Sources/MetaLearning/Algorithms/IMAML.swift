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
  /// The settings of the regularised inner problem.
  public var proximal = ProximalSettings()

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)] + Setting.settings(of: \.proximal)
  public let defaults: [String: SettingText] = ["inner_rate": 0.001, "inner_steps": 50]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [proximal.phase(rate: rate)] }

  public var metaGradient: MetaGradient { proximal.metaGradient }

  public func obstacle(on problem: LearningProblem) -> String? {
    if proximal.differentiation == .direct {
      return "meta_gradient=direct: that is a sparse recovery's; expected implicit or unrolled, or algorithm=mlsr"
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
    if [.unrolled, .direct].contains(proximal.differentiation) {
      return "meta_gradient=\(proximal.differentiation.rawValue): its steps are found by a line search, which has no "
        + "derivative; expected implicit, or algorithm=imaml"
    }
    return proximal.obstacle(on: problem)
  }

  public var divergenceRemedy: String { "a larger regularization or a smaller outer_rate" }
}

/// The settings of the regularised inner problem of iMAML's eq. 3, and of its differentiation.
public struct ProximalSettings: Configurable {
  /// The strength lambda of the proximal term.
  public var regularization = 2.0
  /// Whether the strength lambda is meta-learned.
  public var learnsRegularization = false
  /// The way in which the outer loss is differentiated.
  public var differentiation = Differentiation.own
  /// The settings of the solver of an implicit meta-gradient.
  public var solver = ConjugateGradientSettings()

  public static let settings: [Setting<Self>] =
    [
      .metaGradient(\.differentiation),
      Setting(
        "regularization", \.regularization, in: 1e-30...1e9,
        "strength lambda of the proximal term lambda / 2 |phi - theta|^2; published: 2 on Omniglot, 0.5 on Mini-ImageNet, "
          + "with which regressions of sines do not learn"),
      Setting(
        "learn_regularization", \.learnsRegularization, "whether the strength is learned, from regularization on"),
    ]
    + Setting.settings(of: \.solver).map { setting in
      setting.used("with an implicit meta_gradient") { $0.differentiation.isImplicit }
    }

  /// Creates the default settings.
  public init() {}

  /// The inner loop with steps of size `rate`.
  func phase(rate: Double) -> Phase {
    Phase(
      adapted: .all,
      rule: ProximalStep(
        rate: rate, regularization: regularization, learnsRegularization: learnsRegularization),
      gradients: differentiation.gradients(standard: .implicit))
  }

  /// The source of the outer gradient.
  var metaGradient: MetaGradient { differentiation.metaGradient(standard: .implicit, solver: solver) }

  /// The reason why the algorithm cannot train on the problem, such as a policy's; nil where all steps see the same
  /// examples.
  func obstacle(on problem: LearningProblem) -> String? {
    problem.hasFixedExamples || !differentiation.isImplicit
      ? nil
      : "its gradient is that of one fixed inner problem, but a policy meets new episodes at every inner step; "
        + "an algorithm that differentiates its steps can learn one"
  }
}

extension Differentiation {
  /// Whether an algorithm whose default is the implicit meta-gradient uses it.
  fileprivate var isImplicit: Bool { self == .own || self == .implicit }
}
