import NeuralNetworks

extension MetaAlgorithm {
  /// Sparse recovery and MAML on three levels: a task first recovers a sparse output layer, which tells the features that
  /// matter, then adapts every parameter; the outer gradient runs through the second part and takes the first as given.
  ///
  /// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), the end of section 3.
  public static func mlsrMAML(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    let recovery = settings.recovery
    var adaptation = Adaptation(adapted: .all, rule: GradientStep(rate: settings.rate), metaGradient: .unrolled)
    adaptation.origin = recovery.origin
    adaptation.opening = Adaptation.Opening(
      adapted: .outputLayer, rule: recovery.rule(rate: recovery.rate, strength: settings.l1Strength),
      metaGradient: settings.metaGradient(standard: .direct), objective: recovery.objective, steps: recovery.steps)
    return MetaAlgorithm(
      name: "mlsr-maml", summary: "sparse recovery of the output layer, then gradient steps on every parameter",
      source: "Lou, Zhao, Wang 2021", adaptation: adaptation)
  }
}
