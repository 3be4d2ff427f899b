import NeuralNetworks
public import Parts

/// Reptile: the start moves towards where a few steps of gradient descent, or of Adam, lead from it.
///
/// The meta-gradient is theta - phi, undivided: with SGD outside, its rate is the paper's epsilon; Adam outside does not
/// see the scale.
///
/// Source: Nichol, Achiam, Schulman, "On first-order meta-learning algorithms" (2018), algorithm 1.
public struct Reptile: MetaAlgorithm {
  /// A rule for inner steps.
  public enum InnerOptimizer: String, CaseIterable, Sendable {
    case gradientDescent = "sgd"
    case adam
  }

  public let card = Card(
    "reptile", "gradient or Adam steps on every parameter, the start moved towards their end",
    source: "Nichol, Achiam, Schulman 2018")
  /// The inner learning rate alpha.
  public var rate = 0.01
  /// What makes the inner steps.
  public var optimizer = InnerOptimizer.gradientDescent

  public static let settings: [Setting<Self>] = [
    .innerRate(\.rate), Setting("inner_optimizer", \.optimizer, "what makes the inner updates").addedLater(),
  ]
  /// One step alone leads where joint training does.
  public let defaults: [String: SettingText] = ["inner_steps": 5]

  /// Creates the algorithm.
  public init() {}

  public var phases: [Phase] {
    let rule: any UpdateRule =
      switch optimizer {
      case .gradientDescent: GradientStep(rate: rate)
      // Without a mean of gradients, as in the paper's experiments (beta1 = 0).
      case .adam: Adam.steps(rate: rate, meanDecay: 0)
      }
    return [Phase(adapted: .all, rule: rule)]
  }

  public var metaGradient: MetaGradient { .displacement }
}
