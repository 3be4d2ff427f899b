import NeuralNetworks
public import Parts

// The reference lines of every comparison: adaptation without meta-learning.

/// Adaptation from a random start that no training changes.
public struct RandomStart: MetaAlgorithm {
  public let card = Card(
    "random", "reference line: gradient steps from the random start, which never moves",
    source: "a baseline of Lou, Zhao, Wang 2021")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]
  public let defaults: [String: SettingText] = ["iterations": 1]

  /// Creates the reference line with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate))] }

  public var metaGradient: MetaGradient { .none }

  public var divergenceRemedy: String { "a smaller inner_rate" }
}

/// Adaptation from a start that was trained on all tasks at once: plain fine-tuning.
///
/// The support of a meta-batch is the training data. In reinforcement learning it is the episodes of the unadapted policy.
public struct JointTraining: MetaAlgorithm {
  public let card = Card(
    "joint", "reference line: one model trained on all tasks, fine-tuned by gradient steps",
    source: "a baseline of Finn, Abbeel, Levine 2017")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the reference line with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate))] }

  public var metaGradient: MetaGradient { .unadapted }
}
