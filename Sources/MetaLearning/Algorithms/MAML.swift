import NeuralNetworks

extension MetaAlgorithm {
  /// Model-agnostic meta-learning: every parameter is adapted by gradient descent, and the outer gradient runs through
  /// the steps exactly.
  ///
  /// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning for fast adaptation of deep networks" (2017), eq. 1.
  public static func maml(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "maml", summary: "gradient steps on every parameter, differentiated exactly",
      source: "Finn, Abbeel, Levine 2017",
      phases: [Phase(adapted: .all, rule: GradientStep(rate: settings.rate))])
  }
}
