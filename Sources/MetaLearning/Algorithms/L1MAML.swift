import NeuralNetworks
public import Parts

/// MAML whose inner loss includes an L1 norm of the adapted parameters.
///
/// Source: Lou, Zhao, Wang, "Meta-learning from sparse recovery" (2021), section 4.3 and figure 6.
public struct L1MAML: MetaAlgorithm {
  public let card = Card(
    "l1-maml", "MAML with an L1 norm of the parameters in the inner loss", source: "Lou, Zhao, Wang 2021")
  /// The inner learning rate alpha.
  public var rate = 0.01
  /// The weight lambda of the L1 norm.
  public var strength = 0.0001

  public static let settings: [Setting<Self>] = [.innerRate(\.rate), .l1Strength(\.strength)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: L1GradientStep(rate: rate, strength: strength))] }
}
