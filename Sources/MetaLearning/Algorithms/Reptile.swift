import NeuralNetworks

extension MetaAlgorithm {
  /// Reptile: the start moves towards where a few steps of gradient descent, or of Adam, lead from it.
  ///
  /// The meta-gradient is theta - phi, undivided: with SGD outside, its rate is the paper's epsilon; Adam outside does not
  /// see the scale.
  ///
  /// Source: Nichol, Achiam, Schulman, "On first-order meta-learning algorithms" (2018), algorithm 1.
  public static func reptile(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "reptile", summary: "gradient or Adam steps on every parameter, the start moved towards their end",
      source: "Nichol, Achiam, Schulman 2018",
      phases: [Phase(adapted: .all, rule: settings.descent)], metaGradient: .displacement)
  }
}

extension InnerLoopSettings {
  /// The step of `optimizer`; Reptile's experiments have Adam without a mean of gradients (beta1 = 0).
  fileprivate var descent: any UpdateRule {
    switch optimizer {
    case .gradientDescent: GradientStep(rate: rate)
    case .adam: Adam.steps(rate: rate, meanDecay: 0)
    }
  }
}
