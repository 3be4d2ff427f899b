import NeuralNetworks

extension MetaAlgorithm {
  /// Meta-learning from sparse recovery: a task recovers a sparse output layer on features that all tasks share, and
  /// the outer gradient does not run through the recovery, unless it is asked to.
  ///
  /// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), eqs. 3 and 4, theorem 1.
  public static func mlsr(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    let recovery = settings.recovery
    let metaGradient = settings.metaGradient(standard: .direct)
    // Only an implicit meta-gradient needs a minimum that is one point.
    let ridge = if case .implicit = metaGradient { recovery.ridge } else { 0.0 }
    let phase = Phase(
      adapted: .outputLayer, rule: recovery.rule(rate: settings.rate, strength: settings.l1Strength, ridge: ridge),
      gradients: settings.gradients(standard: .direct), objective: recovery.objective, origin: recovery.origin)
    return MetaAlgorithm(
      name: "mlsr", summary: "sparse recovery of the output layer, by proximal gradient or otherwise; gradient direct",
      source: "Lou, Zhao, Wang 2021", phases: [phase], metaGradient: metaGradient)
  }
}
