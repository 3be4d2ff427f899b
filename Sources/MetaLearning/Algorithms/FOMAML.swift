import NeuralNetworks
public import Parts

/// First-order MAML: the outer gradient at the adapted parameters is used for the meta-parameters.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning for fast adaptation of deep networks" (2017), section
/// 5.2; named in Nichol, Achiam, Schulman, "On first-order meta-learning algorithms" (2018).
public struct FOMAML: MetaAlgorithm {
  public let card = Card(
    "fomaml", "gradient steps on every parameter, their second derivatives left out",
    source: "Finn, Abbeel, Levine 2017; Nichol, Achiam, Schulman 2018")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate), gradients: .stopped)] }
}
