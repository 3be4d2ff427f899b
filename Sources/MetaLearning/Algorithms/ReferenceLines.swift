import NeuralNetworks
public import Parts

// What every comparison needs beside it: adaptation without meta-learning.

/// Adaptation from a random start that no training moves.
public struct RandomStart: MetaAlgorithm {
  public let card = Card(
    "random", "reference line: gradient steps from the random start, which never moves",
    source: "a baseline of Lou, Zhao, Wang 2021")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]
  public let defaults: [String: SettingText] = ["iterations": 1]

  /// Creates the reference line.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate))] }

  public var metaGradient: MetaGradient { .none }

  public var divergenceRemedy: String { "a smaller inner_rate" }
}

/// Adaptation from a start that was trained on all tasks at once: plain fine-tuning.
///
/// A meta-batch's support is the training data: in reinforcement learning these are the episodes of the policy
/// itself.
public struct JointTraining: MetaAlgorithm {
  public let card = Card(
    "joint", "reference line: one model trained on all tasks, fine-tuned by gradient steps",
    source: "a baseline of Finn, Abbeel, Levine 2017")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the reference line.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: GradientStep(rate: rate))] }

  public var metaGradient: MetaGradient { .unadapted }
}
