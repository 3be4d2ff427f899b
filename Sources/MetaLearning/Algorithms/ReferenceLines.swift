import NeuralNetworks

// What every comparison needs beside it: adaptation without meta-learning.
extension MetaAlgorithm {
  /// Adaptation from a random start that no training moves.
  public static func random(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "random", summary: "reference line: gradient steps from the random start, which never moves",
      source: "a baseline of Lou, Zhao, Wang 2021",
      phases: [Phase(adapted: .all, rule: GradientStep(rate: settings.rate))], metaGradient: .none)
  }

  /// Adaptation from a start that was trained on all tasks at once: plain fine-tuning.
  ///
  /// A meta-batch's support is the training data: in reinforcement learning these are the episodes of the policy
  /// itself.
  public static func joint(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "joint", summary: "reference line: one model trained on all tasks, fine-tuned by gradient steps",
      source: "a baseline of Finn, Abbeel, Levine 2017",
      phases: [Phase(adapted: .all, rule: GradientStep(rate: settings.rate))], metaGradient: .unadapted)
  }
}
