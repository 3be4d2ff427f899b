/// The sizes of a batch of episodes: fixed by the configuration, never by what happens in the episodes.
public struct EpisodeBatchSize: Hashable, Sendable {
  /// How many episodes run in lockstep, at least 1.
  public let episodes: Int
  /// The largest number of actions in an episode, at least 1; shorter episodes are padded to it.
  public let horizon: Int
  /// The numbers in one observation, at least 1.
  public let observationSize: Int
  /// The numbers in one action, at least 1.
  public let actionSize: Int

  /// Creates the sizes of a batch.
  public init(episodes: Int, horizon: Int, observationSize: Int, actionSize: Int) {
    precondition(
      min(episodes, horizon, observationSize, actionSize) >= 1,
      "a batch of \(episodes) episodes of \(horizon) steps, \(observationSize) observed numbers and \(actionSize)-number actions is empty"
    )
    self.episodes = episodes
    self.horizon = horizon
    self.observationSize = observationSize
    self.actionSize = actionSize
  }

  /// The time steps of the padded batch: horizon x episodes.
  public var timeSteps: Int { horizon * episodes }
}
