public import Environments

/// The sizes of a batch of episodes. They depend on the configuration alone, never on the course of the episodes.
public struct EpisodeBatchSize: Hashable, Sendable {
  /// The number of episodes that run in lockstep, at least 1.
  public let episodes: Int
  /// The largest number of actions in an episode, at least 1; shorter episodes are padded to it.
  public let horizon: Int
  /// The number of elements of an observation, at least 1.
  public let observationSize: Int
  /// The form of the actions and of the distributions that sample them.
  public let actionForm: ActionForm
  /// The number of parts whose sum is a reward; the parts are kept for reports.
  public let rewardPartCount: Int

  /// Creates the sizes of a batch.
  public init(episodes: Int, horizon: Int, observationSize: Int, actionForm: ActionForm, rewardPartCount: Int = 0) {
    precondition(
      min(episodes, horizon, observationSize, actionForm.outputSize) >= 1 && rewardPartCount >= 0,
      "no batch has \(episodes) episodes, \(horizon) steps, \(observationSize) observations, \(actionForm) actions")
    self.episodes = episodes
    self.horizon = horizon
    self.observationSize = observationSize
    self.actionForm = actionForm
    self.rewardPartCount = rewardPartCount
  }

  /// Creates the sizes of a batch whose actions are vectors of `actionSize` elements.
  public init(episodes: Int, horizon: Int, observationSize: Int, actionSize: Int, rewardPartCount: Int = 0) {
    self.init(
      episodes: episodes, horizon: horizon, observationSize: observationSize, actionForm: .vector(size: actionSize),
      rewardPartCount: rewardPartCount)
  }

  /// Creates the sizes that fit an environment of `episodes` rows.
  public init(_ specification: EnvironmentSpecification, episodes: Int) {
    self.init(
      episodes: episodes, horizon: specification.horizon, observationSize: specification.observations.count,
      actionForm: ActionForm(specification.actionSpace), rewardPartCount: specification.rewardParts.count)
  }

  /// The sizes of a batch of `episodes` episodes of the same task.
  public func of(episodes: Int) -> EpisodeBatchSize {
    EpisodeBatchSize(
      episodes: episodes, horizon: horizon, observationSize: observationSize, actionForm: actionForm,
      rewardPartCount: rewardPartCount)
  }

  /// The sizes of every `stride`-th of the batch's time steps, counted through the episodes of each time step, as if they
  /// were those of one episode.
  public func thinned(by stride: Int) -> EpisodeBatchSize {
    EpisodeBatchSize(
      episodes: 1, horizon: (timeSteps + stride - 1) / stride, observationSize: observationSize, actionForm: actionForm,
      rewardPartCount: rewardPartCount)
  }

  /// The number of elements of an action, at least 1.
  public var actionSize: Int { actionForm.actionSize }
  /// The number of outputs of a policy for an action, at least 1.
  public var outputSize: Int { actionForm.outputSize }

  /// The number of time steps of the padded batch: horizon x episodes.
  public var timeSteps: Int { horizon * episodes }
}
