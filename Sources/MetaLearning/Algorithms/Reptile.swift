import NeuralNetworks
public import Parts

/// Reptile: the start moves towards the parameters that a few steps of gradient descent, or of Adam, reach from it.
///
/// The meta-gradient is theta - phi, undivided. With SGD as the outer optimizer its rate is the paper's epsilon; Adam as
/// the outer optimizer is invariant to the scale.
///
/// Source: Nichol, Achiam, Schulman, "On first-order meta-learning algorithms" (2018), algorithm 1.
public struct Reptile: MetaAlgorithm {
  /// An optimizer of the inner steps.
  public enum InnerOptimizer: String, CaseIterable, Sendable {
    case gradientDescent = "sgd"
    case adam
  }

  public let card = Card(
    "reptile", "gradient or Adam steps on every parameter, the start moved towards their end",
    source: "Nichol, Achiam, Schulman 2018")
  /// The inner learning rate alpha.
  public var rate = 0.01
  /// The optimizer of the inner steps.
  public var optimizer = InnerOptimizer.gradientDescent

  public static let settings: [Setting<Self>] = [
    .innerRate(\.rate), Setting("inner_optimizer", \.optimizer, "what makes the inner updates").addedLater(),
  ]
  /// With one inner step Reptile equals joint training. On examples, `inner_batch` gives each step its own part of them.
  public let defaults: [String: SettingText] = ["inner_steps": 5]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    let rule: any UpdateRule =
      switch optimizer {
      case .gradientDescent: GradientStep(rate: rate)
      // Without a running mean of gradients, as in the paper's experiments (beta1 = 0).
      case .adam: Adam.steps(rate: rate, meanDecay: 0)
      }
    return [Phase(adapted: .all, rule: rule)]
  }

  public var metaGradient: MetaGradient { .displacement }
}
