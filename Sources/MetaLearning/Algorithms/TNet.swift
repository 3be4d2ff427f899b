public import NeuralNetworks
public import Parts

/// T-net: every layer's weights are followed by a square matrix T, which tasks do not adapt. T is meta-learned and
/// determines the metric of the gradient steps on the weights.
///
/// Source: Lee, Choi, "Meta-learning with adaptive layerwise metric and subspace" (MT-net, 2018), section 3.1,
/// algorithm 1.
public struct TNet: MetaAlgorithm {
  public let card = Card(
    "t-net", "gradient steps on weights that shared, meta-learned matrices follow", source: "Lee, Choi 2018")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var layerForm: LayerForm { .transformed }

  public var phases: [Phase] { [Phase(adapted: .weights, rule: GradientStep(rate: rate))] }

  public func numbersBeside(rows: Int, columns: Int) -> Int { columns * columns }
}

/// MT-net: a T-net in which every task updates a random subset of each layer's outputs, with meta-learned probabilities.
///
/// Source: Lee, Choi, "Meta-learning with adaptive layerwise metric and subspace" (2018), section 3.2, algorithm 2.
public struct MTNet: MetaAlgorithm {
  public let card = Card(
    "mt-net", "t-net, with a learned share of each layer's outputs updated", source: "Lee, Choi 2018")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var layerForm: LayerForm { .transformed }

  public var phases: [Phase] { [Phase(adapted: .weights, rule: MaskedGradientStep(rate: rate))] }

  public func numbersBeside(rows: Int, columns: Int) -> Int { columns * columns }
}
