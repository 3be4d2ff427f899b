import MetaLearning
import Parts

/// The settings of adaptation that only policies have.
struct PolicyAdaptationSettings: Part {
  /// The step size of an evaluation's steps that follow those of training.
  enum LaterSteps: String, CaseIterable, Sendable { case same, divided }

  let card = Card("episodes of an adaptation", "what a policy adapts to", source: "metarl")
  /// The standard deviation of the actions of the episodes that a task adapts to; 0 for the policy's own.
  var explorationDeviation = 0.0
  /// Whether that deviation is meta-learned.
  var learnsExploration = false
  /// The step size of an evaluation's steps that follow those of training.
  var laterSteps = LaterSteps.divided
  /// The factor of the step size of those steps.
  var laterRate = 0.03

  /// The key of the deviation.
  static let explorationKey = "exploration_deviation"

  static let settings: [Setting<Self>] = [
    Setting(
      explorationKey, \.explorationDeviation, in: 0...100,
      "standard deviation of the actions of the episodes that a task adapts to, which inner steps then leave alone, as they "
        + "do that of the adapted policy; 0: the policy's own, adapted with it"
    ).addedLater(before: 0).asCondition().used(
      "with an algorithm that adapts as it trains, and actions that are no choices"
    ) {
      $0.adaptsInTraining && !$0.hasChoices
    },
    Setting(
      "exploration_learning", \.learnsExploration,
      "whether that deviation is meta-learned, from exploration_deviation on; by first-order meta-gradients through "
        + "exploration_term alone"
    ).addedLater(before: false).used("with exploration_deviation above 0") {
      $0.adaptsInTraining && !$0.hasChoices && $0.explorationDeviation > 0
    },
    Setting(
      "later_steps", \.laterSteps,
      "how the rate of an evaluation's inner steps beyond those of training goes on; same: as it is; divided: times "
        + "inner_steps / k in step k"
    ).addedLater(before: "same").asCondition(),
    Setting(
      "later_rate", \.laterRate, in: 0...1,
      "factor of the rate of an evaluation's inner steps beyond those of training, which lead to where full ones overshoot"
    ).addedLater(before: 1).asCondition(),
  ]

  private let adaptsInTraining: Bool
  /// Whether actions are choices, which have no standard deviations.
  private let hasChoices: Bool

  /// Creates the default settings for an algorithm.
  /// - Parameter hasChoices: whether the actions of the run's tasks are choices.
  init(for algorithm: any Part, hasChoices: Bool) {
    self.hasChoices = hasChoices
    adaptsInTraining = (algorithm as? any MetaAlgorithm)?.metaGradient != .unadapted
  }

  /// An inner loop for an evaluation that takes more steps than training did.
  /// - Parameter steps: the number of steps of training.
  func applied(to adaptation: Adaptation, steps: Int) -> Adaptation {
    guard laterSteps == .divided || laterRate != 1, adaptation.last.steps == nil else { return adaptation }
    var adaptation = adaptation
    let trained = steps - adaptation.stepCount(asked: 0)
    adaptation.last.rule = ShortenedSteps(
      adaptation.last.rule, after: max(1, trained), factor: laterRate, isFalling: laterSteps == .divided)
    return adaptation
  }
}
