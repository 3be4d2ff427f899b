import NeuralNetworks

extension MetaAlgorithm {
  /// MAML whose inner loss carries an L1 norm of the adapted parameters.
  ///
  /// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), section 4.3 and figure 6.
  public static func l1MAML(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "l1-maml", summary: "MAML with an L1 norm of the parameters in the inner loss",
      source: "Lou, Zhao, Wang 2021",
      phases: [Phase(adapted: .all, rule: L1GradientStep(rate: settings.rate, strength: settings.l1Strength))])
  }
}
