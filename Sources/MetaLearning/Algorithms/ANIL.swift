import NeuralNetworks

extension MetaAlgorithm {
  /// Almost no inner loop: only the output layer is adapted (MAML-FZ in the MLSR paper, section 4.1).
  ///
  /// Source: Raghu, Raghu, Bengio, Vinyals, "Rapid learning or feature reuse?" (2020), section 4.
  public static func anil(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "anil", summary: "gradient steps on the output layer alone, differentiated exactly (MAML-FZ)",
      source: "Raghu, Raghu, Bengio, Vinyals 2020",
      phases: [Phase(adapted: .outputLayer, rule: GradientStep(rate: settings.rate))])
  }
}
