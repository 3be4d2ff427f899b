import NeuralNetworks

extension MetaAlgorithm {
  /// Sparse recovery and MAML on three levels: a task first recovers a sparse output layer, which tells the features that
  /// matter, then adapts every parameter; the outer gradient runs through the second part and takes the first as given.
  ///
  /// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), the end of section 3.
  public static func mlsrMAML(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    let recovery = settings.recovery
    let first = Phase(
      adapted: .outputLayer, rule: recovery.rule(rate: recovery.rate, strength: settings.l1Strength),
      gradients: settings.gradients(standard: .direct), steps: recovery.steps, objective: recovery.objective,
      origin: recovery.origin)
    return MetaAlgorithm(
      name: "mlsr-maml", summary: "sparse recovery of the output layer, then gradient steps on every parameter",
      source: "Lou, Zhao, Wang 2021", phases: [first, Phase(adapted: .all, rule: GradientStep(rate: settings.rate))])
  }
}
