import NeuralNetworks

extension MetaAlgorithm {
  /// T-net: every layer's weights are followed by a square matrix T, which is meta-learned alone and gives the gradient
  /// steps on the weights their metric.
  ///
  /// Source: Lee, Choi, "Meta-learning with adaptive layerwise metric and subspace" (MT-net, 2018), section 3.1,
  /// algorithm 1.
  public static func tNet(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "t-net", summary: "gradient steps on weights that shared, meta-learned matrices follow",
      source: "Lee, Choi 2018",
      layerForm: .transformed,
      phases: [Phase(adapted: .weights, rule: GradientStep(rate: settings.rate))])
  }

  /// MT-net: a T-net in which every task updates a random choice of each layer's outputs, the probabilities meta-learned.
  ///
  /// Source: the same, section 3.2, algorithm 2.
  public static func mtNet(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "mt-net", summary: "t-net, with a learned share of each layer's outputs updated", source: "Lee, Choi 2018",
      layerForm: .transformed,
      phases: [Phase(adapted: .weights, rule: MaskedGradientStep(rate: settings.rate))])
  }
}
