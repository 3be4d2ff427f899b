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
  /// The values of the masks.
  public var mask = MaskedGradientStep.Mask.hard
  /// The temperature T of eq. 11.
  public var temperature = 1.0
  /// The initial value of every logit zeta.
  public var logit = 0.0

  public static let settings: [Setting<Self>] = [
    .innerRate(\.rate),
    Setting(
      "mask", \.mask,
      "values of the mask: hard (0 or 1, with the gradient of the soft one), or soft (between 0 and 1, eq. 11 itself)"
    ).addedLater(),
    Setting(
      "mask_temperature", \.temperature, in: 0...1_000, excludingLowerBound: true,
      "temperature T of eq. 11: of a hard mask only its gradient depends on it; no value is published, 1 is ours"
    ).addedLater(),
    Setting(
      "mask_logit", \.logit, in: -100...100,
      "logit zeta of every output at first: a task updates the output with the probability 1 / (1 + exp(-zeta))"
    ).addedLater(),
  ]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var layerForm: LayerForm { .transformed }

  public var phases: [Phase] {
    let rule = MaskedGradientStep(rate: rate, initialLogit: logit, mask: mask, temperature: temperature)
    return [Phase(adapted: .weights, rule: rule)]
  }

  public func numbersBeside(rows: Int, columns: Int) -> Int { columns * columns }
}
