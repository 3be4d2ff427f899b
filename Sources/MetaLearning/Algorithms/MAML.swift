import NeuralNetworks
public import Parts

/// Model-agnostic meta-learning: every parameter is adapted by gradient descent, and the outer gradient passes through the
/// steps exactly.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning for fast adaptation of deep networks" (2017), eq. 1.
public struct MAML: MetaAlgorithm {
  public let card = Card(
    "maml", "gradient steps on every parameter, differentiated exactly", source: "Finn, Abbeel, Levine 2017")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with an inner learning rate.
  public init(rate: Double = 0.01) { self.rate = rate }

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate))] }
}
