import NeuralNetworks

extension MetaAlgorithm {
  /// First-order MAML: the outer gradient at the adapted parameters is used as it is.
  ///
  /// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning for fast adaptation of deep networks" (2017), section
  /// 5.2; named in Nichol, Achiam, Schulman, "On first-order meta-learning algorithms" (2018).
  public static func fomaml(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "fomaml", summary: "gradient steps on every parameter, their second derivatives left out",
      source: "Finn, Abbeel, Levine 2017; Nichol, Achiam, Schulman 2018",
      phases: [Phase(adapted: .all, rule: GradientStep(rate: settings.rate), gradients: .stopped)])
  }
}
