/// The episodes of one task at one adaptation step, in flat buffers that are allocated once and used again.
///
/// Time-major: what belongs to time step `t` of all episodes lies together, so that an environment writes a step's
/// observations straight into their place and the policy reads them there. Episodes shorter than the horizon are padded:
/// their `mask` is 0, their rewards and actions are 0, and their observations repeat the last one.
///
/// Not Sendable: it belongs to one worker at a time.
public final class EpisodeBatch {
  /// The sizes of the buffers.
  public let size: EpisodeBatchSize
  /// `[horizon + 1, episodes, observationSize]`: row `t` is what was observed before action `t`; the last row is what was
  /// seen after the last action.
  public package(set) var observations: [Float]
  /// `[horizon, episodes, actionSize]`: the samples of the policy, before any clipping by the environment.
  public package(set) var actions: [Float]
  /// `[horizon, episodes]`: the reward of each action.
  public package(set) var rewards: [Float]
  /// `[horizon, episodes]`: 1 where the episode still ran when the action was taken, 0 after its end.
  public package(set) var mask: [Float]
  /// How each episode ended.
  public package(set) var endings: [EpisodeEnding]

  /// Allocates the buffers, filled with zeros.
  public init(size: EpisodeBatchSize) {
    self.size = size
    observations = Array(repeating: 0, count: (size.horizon + 1) * size.episodes * size.observationSize)
    actions = Array(repeating: 0, count: size.timeSteps * size.actionSize)
    rewards = Array(repeating: 0, count: size.timeSteps)
    mask = Array(repeating: 0, count: size.timeSteps)
    endings = Array(repeating: .truncated, count: size.episodes)
  }

  /// The actions that were taken while their episode ran.
  public var validTimeSteps: Int { mask.reduce(0) { $1 == 0 ? $0 : $0 + 1 } }

  /// The undiscounted return of each episode: the sum of its rewards, in the order of time.
  public var episodeReturns: [Double] { sumsOverTime(of: rewards) }

  /// The mean of the undiscounted returns.
  public var meanReturn: Double { episodeReturns.reduce(0, +) / Double(size.episodes) }

  /// For each episode the sum over time of `quantity` `[horizon, episodes]` where the mask is 1.
  package func sumsOverTime(of quantity: [Float]) -> [Double] {
    var sums = Array(repeating: 0.0, count: size.episodes)
    for (index, value) in quantity.enumerated() where mask[index] != 0 {
      sums[index % size.episodes] += Double(value)
    }
    return sums
  }
}

/// Why an episode has no more steps.
public enum EpisodeEnding: Sendable {
  /// The task came to its end: nothing can be earned after the last state.
  case terminated
  /// The time was up; the last state would have had a future.
  case truncated
}
