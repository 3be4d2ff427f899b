import NeuralNetworks

extension MetaAlgorithm {
  /// Meta-SGD: MAML with an inner rate for every number, learned with the start.
  ///
  /// Source: Li, Zhou, Chen, Li, "Meta-SGD: learning to learn quickly for few-shot learning" (2017), eqs. 3 and 4.
  public static func metaSGD(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "meta-sgd", summary: "gradient steps on every parameter with learned rates, differentiated exactly",
      source: "Li, Zhou, Chen, Li 2017",
      phases: [Phase(adapted: .all, rule: LearnedRateStep(initialRate: settings.rate))])
  }
}
