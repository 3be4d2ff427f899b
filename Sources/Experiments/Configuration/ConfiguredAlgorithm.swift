import MetaLearning
import TensorCore

extension MetaAlgorithm {
  /// The algorithm called `name`, with the numbers of `configuration`.
  /// - Throws: `UserError` where there is none, or where its choices contradict each other.
  static func named(_ name: String, _ configuration: RunConfiguration) throws(UserError) -> MetaAlgorithm {
    let algorithms = MetaAlgorithm.all(configuration.innerLoopSettings)
    guard let algorithm = algorithms.first(where: { $0.name == name }) else {
      throw .unknownName("algorithm", name, known: algorithms.map(\.name))
    }
    if let obstacle = configuration.differentiationObstacle {
      throw UserError(
        "meta_gradient=\(configuration.metaGradient.rawValue) with \(name): \(obstacle)", status: .configuration)
    }
    return algorithm
  }

  /// Why no policy can be learned with it, and what would do; nil where one can.
  var policyObstacle: String? {
    guard case .implicit = metaGradient else { return nil }
    return "its gradient is that of one fixed inner problem, but a policy meets new episodes at every inner step; "
      + "maml, fomaml and mlsr can learn one"
  }
}

extension RunConfiguration {
  /// What algorithms are made with.
  fileprivate var innerLoopSettings: InnerLoopSettings {
    var settings = InnerLoopSettings(rate: innerRate, l1Strength: l1Strength, optimizer: innerOptimizer)
    settings.metaOptimizerLayers = metaOptimizerLayers
    settings.metaOptimizerRank = metaOptimizerRank
    settings.differentiation = metaGradient.explicit
    settings.recovery.method = recovery
    settings.recovery.origin = recoveryStart
    settings.recovery.keptWeights = recoverySparsity
    settings.recovery.decay = recoveryDecay
    settings.recovery.ridge = recoveryRidge
    settings.recovery.rate = recoveryRate
    settings.recovery.steps = recoverySteps
    settings.regularization = regularization
    settings.learnsRegularization = learnRegularization
    settings.implicitSolver = ConjugateGradient(
      maximumSteps: conjugateGradientSteps, relativeTolerance: conjugateGradientTolerance)
    settings.search = HessianFreeSearch(
      direction: ConjugateGradient(maximumSteps: directionSteps), trials: lineSearchTrials)
    return settings
  }

  /// Why the algorithm cannot be differentiated as `meta_gradient` asks for, and what would do; nil where it can.
  fileprivate var differentiationObstacle: String? {
    switch (algorithm, metaGradient) {
    case ("imaml-hf", .unrolled), ("imaml-hf", .direct):
      "its steps are found by a line search, which has no derivative; expected implicit, or algorithm=imaml"
    case ("imaml", .direct):
      "that is a sparse recovery's; expected implicit or unrolled, or algorithm=mlsr"
    case ("mlsr", .implicit) where recovery == .subgradient || recovery == .absoluteDeviation:
      "recovery=\(recovery.rawValue) does not say which weights are exactly 0, so that there is no support to "
        + "differentiate on; expected direct or unrolled, or recovery=ista, fista or hard-threshold"
    case ("mlsr", .implicit) where recoveryStart == .learned:
      "where a recovery ends does not depend on where it began, so that a learned start would stay as it is; expected "
        + "recovery_start=zero with it, or direct or unrolled"
    case ("mlsr-maml", .implicit):
      "its recovery is not where the adaptation ends; expected direct or unrolled, or algorithm=mlsr"
    default: nil
    }
  }
}

extension RunConfiguration.Differentiation {
  /// The same for an algorithm; nil for its own.
  fileprivate var explicit: InnerLoopSettings.Differentiation? {
    switch self {
    case .own: nil
    case .direct: .direct
    case .unrolled: .unrolled
    case .implicit: .implicit
    }
  }
}
