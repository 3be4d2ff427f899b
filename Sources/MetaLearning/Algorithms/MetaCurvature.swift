import NeuralNetworks

extension MetaAlgorithm {
  /// Meta-Curvature: MAML whose gradients go through a matrix for each of their axes, learned with the start and the same
  /// for all tasks.
  ///
  /// Source: Park, Oliva, "Meta-Curvature" (2019), section 3.
  public static func metaCurvature(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "meta-curvature", summary: "gradient steps through learned Kronecker factors, differentiated exactly",
      source: "Park, Oliva 2019",
      phases: [Phase(adapted: .all, rule: PreconditionedStep(KroneckerProduct(outputs: .mixed), rate: settings.rate))])
  }
}
