import NeuralNetworks

extension MetaAlgorithm {
  /// Implicit MAML: a task goes down to a minimum near the start that a proximal term keeps it to, and the outer gradient
  /// follows from that minimum alone, not from the way there.
  ///
  /// Source: Rajeswaran, Finn, Kakade, Levine, "Meta-learning with implicit gradients" (2019), algorithms 1 and 2.
  public static func iMAML(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    MetaAlgorithm(
      name: "imaml", summary: "gradient steps towards a proximal minimum, differentiated implicitly",
      source: "Rajeswaran, Finn, Kakade, Levine 2019", phases: [settings.proximal],
      metaGradient: settings.metaGradient(standard: .implicit))
  }

  /// Implicit MAML whose inner steps are Newton's by conjugate gradients, with a line search.
  ///
  /// Source: as above, section 4, "Hessian-free".
  public static func hessianFreeIMAML(_ settings: InnerLoopSettings) -> MetaAlgorithm {
    var phase = settings.proximal
    phase.search = settings.search
    return MetaAlgorithm(
      name: "imaml-hf", summary: "Hessian-free steps to a proximal minimum, differentiated implicitly",
      source: "Rajeswaran, Finn, Kakade, Levine 2019", phases: [phase],
      metaGradient: settings.metaGradient(standard: .implicit))
  }
}

extension InnerLoopSettings {
  /// The regularised inner problem of eq. 3.
  fileprivate var proximal: Phase {
    Phase(
      adapted: .all,
      rule: ProximalStep(rate: rate, regularization: regularization, learnsRegularization: learnsRegularization),
      gradients: gradients(standard: .implicit))
  }
}
