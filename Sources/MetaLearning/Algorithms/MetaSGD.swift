import NeuralNetworks
public import Parts

/// Meta-SGD: MAML with an inner learning rate for every element of every adapted parameter, meta-learned with the start.
///
/// Source: Li, Zhou, Chen, Li, "Meta-SGD: learning to learn quickly for few-shot learning" (2017), eqs. 3 and 4.
public struct MetaSGD: MetaAlgorithm {
  public let card = Card(
    "meta-sgd", "gradient steps on every parameter with learned rates, differentiated exactly",
    source: "Li, Zhou, Chen, Li 2017")
  /// The initial value of every rate.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: LearnedRateStep(initialRate: rate))] }
}
