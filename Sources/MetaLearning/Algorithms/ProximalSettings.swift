import NeuralNetworks
public import Parts

/// The settings of the regularised inner problem of iMAML's eq. 3, and of its differentiation.
public struct ProximalSettings: Configurable {
  /// The strength lambda of the proximal term.
  public var regularization = 2.0
  /// The factors of lambda for the adapted layers, from input to output; empty where each is 1.
  public var factors: [Double] = []
  /// Whether the strength lambda is meta-learned.
  public var learnsRegularization = false
  /// The form of a meta-learned lambda.
  public var learnedForm = ProximalStep.LearnedStrength.scalar
  /// The way in which the outer loss is differentiated.
  public var differentiation = Differentiation.own
  /// The settings of the solver of an implicit meta-gradient.
  public var solver = ConjugateGradientSettings()
  /// The terms that keep the matrix of an implicit meta-gradient positive.
  public var damping = ImplicitDamping()

  public static let settings: [Setting<Self>] =
    problemSettings
    + (Setting.settings(of: \.solver) + dampingSettings).map { setting in
      setting.used("with an implicit meta_gradient") { $0.differentiation.isImplicit }
    }

  private static let problemSettings: [Setting<Self>] = [
    .metaGradient(\.differentiation),
    Setting(
      "regularization", \.regularization, in: 1e-30...1e9,
      "strength lambda of the proximal term lambda / 2 |phi - theta|^2; published: 2 on Omniglot, 0.5 on Mini-ImageNet, "
        + "with which regressions of sines do not learn"),
    Setting(
      "regularization_factors", \.factors, each: 1e-9...1e9, count: 0...64,
      "what lambda is multiplied by in each adapted layer, from input to output; []: 1 in each"
    ).addedLater(),
    Setting(
      "learn_regularization", \.learnsRegularization, "whether the strength is learned, from regularization on"),
    Setting(
      "learned_regularization", \.learnedForm,
      "what is learned of lambda: a scalar, or a number for each layer or each element"
    ).addedLater().used("with learn_regularization=true") { $0.learnsRegularization },
  ]

  private static let dampingSettings: [Setting<Self>] = [
    Setting(
      "cg_damping", \.damping.identity, in: 0...1e9,
      "number d in the solver's matrix (1 + d) I + H / lambda, which keeps it positive where the loss is not convex; 0 in "
        + "the paper, 1 in the authors' code"
    ).addedLater().used("with cg_steps of 1 and more") { $0.solver.steps > 0 },
    Setting(
      "cg_regularization_damping", \.damping.strength, in: 0...1e9,
      "number c in the solver's matrix I + H / (lambda + c); 0 in the paper, 10 in the authors' code"
    ).addedLater().used("with cg_steps of 1 and more") { $0.solver.steps > 0 },
  ]

  /// Creates the default settings.
  public init() {}

  /// Whether lambda is one number for all elements.
  private var isUniform: Bool { factors.isEmpty && (!learnsRegularization || learnedForm == .scalar) }

  /// The inner loop with steps of size `rate`.
  /// - Parameters:
  ///   - rate: the step size.
  ///   - momentum: the momentum of Nesterov's method; 0 for none.
  ///   - truncation: the number of steps that truncated back-propagation passes through.
  func phase(rate: Double, momentum: Double = 0, truncation: Int = 1) -> Phase {
    Phase(
      adapted: .all,
      rule: ProximalStep(
        rate: rate, regularization: regularization, factors: factors,
        learned: learnsRegularization ? learnedForm : nil, momentum: momentum),
      gradients: differentiation.gradients(standard: .implicit, truncation: truncation))
  }

  /// The source of the outer gradient.
  var metaGradient: MetaGradient {
    differentiation.metaGradient(standard: .implicit, solver: solver, damping: damping)
  }

  /// The reason why the algorithm cannot train on the problem; nil where it can.
  func obstacle(on problem: LearningProblem) -> String? {
    if !problem.hasFixedExamples, differentiation.isImplicit {
      return "its gradient is that of one fixed inner problem, but a policy meets new episodes at every inner step; "
        + "an algorithm that differentiates its steps can learn one"
    }
    let layers = problem.layers.filter { problem.adapted?.contains($0) ?? true }
    if !factors.isEmpty, factors.count != layers.count {
      let expected =
        layers.count == 1
        ? "1 number, that of the adapted layer" : "\(layers.count) numbers, one for each of the adapted layers"
      return "regularization_factors: expected \(expected) \(layers.joined(separator: ", ")), found \(factors.count)"
    }
    if !factors.isEmpty, !problem.hasFixedExamples {
      return "regularization_factors: expected [] on policies, whose standard deviations belong to no layer, found "
        + "\(factors.count) numbers"
    }
    if differentiation.isImplicit, damping.strength > 0, !isUniform {
      return "cg_regularization_damping: expected 0 where lambda differs between layers or elements, found "
        + "\(damping.strength.shortText); cg_damping works with any"
    }
    return nil
  }
}

extension Differentiation {
  /// Whether an algorithm whose default is the implicit meta-gradient uses it.
  var isImplicit: Bool { self == .own || self == .implicit }
}
