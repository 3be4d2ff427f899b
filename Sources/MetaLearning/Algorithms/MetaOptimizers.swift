import NeuralNetworks

// The meta-optimizers of Arnold, Iqbal, Sha, "Decoupling adaptation from modeling with meta-optimizers for meta learning"
// (2019; "When MAML can adapt fast and how to assist when it cannot", 2021): maps of the gradient that are meta-learned with
// the model and adapted with it.
extension MetaAlgorithm {
  private static func metaOptimizer(
    _ name: String, _ summary: String, _ transform: any GradientTransform, _ settings: InnerLoopSettings
  ) -> MetaAlgorithm {
    MetaAlgorithm(
      name: name, summary: summary, source: "Arnold, Iqbal, Sha 2021",
      phases: [Phase(adapted: .all, rule: AdaptedOptimizerStep(transform, rate: settings.rate))])
  }

  /// KLin: a linear map, Kronecker-factored (eq. 5).
  public static func klin(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    metaOptimizer(
      "klin", "a Kronecker-factored linear meta-optimizer, itself adapted", KroneckerProduct(), settings)
  }

  /// KFC: a network of such maps (eqs. 6 and 7), of the gradient's direction alone (A.1.2).
  public static func kfc(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    metaOptimizer(
      "kfc", "a Kronecker-factored fully-connected meta-optimizer, itself adapted",
      KroneckerNetwork(layers: settings.metaOptimizerLayers), settings)
  }

  /// A symmetric, positive map of low rank (section 4.2).
  public static func lowRank(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    metaOptimizer(
      "low-rank", "a meta-optimizer L L^T with few columns, itself adapted",
      LowRankFactor(rank: settings.metaOptimizerRank), settings)
  }
}
