public import Parts

/// The settings of the estimation of advantages.
public struct AdvantageSettings: Part {
  public let card = Card(
    "advantages", "generalised advantage estimation with a baseline fitted to each batch",
    source: "Schulman et al. 2016")
  /// The discount factor of rewards for each time step.
  public var discount = 0.99
  /// The kind of baseline that is subtracted from returns.
  public var baseline = BaselineKind.linear
  /// The decay of generalised advantage estimation; with 1 the advantage is the return minus the baseline.
  public var decay = 0.9
  /// Whether advantages are scaled to mean 0 and standard deviation 1 within a task.
  public var normalizes = true
  /// The divisor of the sum over a task's samples.
  public var normalization = SurrogateNormalization.timeSteps

  public static let settings: [Setting<Self>] = [
    Setting("discount", \.discount, in: 0...1, "weight of a reward one action later"),
    Setting("baseline", \.baseline, "of returns: linear in features of the state and time, or a network"),
    Setting(
      "advantage_decay", \.decay, in: 0...1,
      "lambda of generalised advantage estimation; garage has 1: in 60 iterations that learned nothing, for its "
        + "variance"),
    Setting("normalize_advantages", \.normalizes, "to mean 0 and standard deviation 1 over a task's episodes"),
    Setting(
      "loss_normalization", \.normalization,
      "divisor of the policy losses, inner and outer; time-steps: the mean over samples; episodes: the sum over an episode's "
        + "steps, on which inner rates of papers act"
    ).addedLater(),
  ]

  /// Creates the default settings.
  public init() {}

  /// The estimation that these settings describe.
  public var estimation: AdvantageEstimation {
    AdvantageEstimation(discount: discount, decay: decay, normalization: normalizes ? .standardized : .none)
  }
}
