import NeuralNetworks
public import Parts

/// ANIL, almost no inner loop: only the output layer is adapted (MAML-FZ in the MLSR paper, section 4.1).
///
/// Source: Raghu, Raghu, Bengio, Vinyals, "Rapid learning or feature reuse?" (2020), section 4.
public struct ANIL: MetaAlgorithm {
  public let card = Card(
    "anil", "gradient steps on the output layer alone, differentiated exactly (MAML-FZ)",
    source: "Raghu, Raghu, Bengio, Vinyals 2020")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .outputLayer, rule: GradientStep(rate: rate))] }
}
