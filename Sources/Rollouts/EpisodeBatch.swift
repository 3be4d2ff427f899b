public import Environments

/// The episodes of one task at one adaptation step, in flat buffers that are allocated once and used again.
///
/// Time-major: what belongs to time step `t` of all episodes lies together, so that an environment writes a step's
/// observations straight into their place and the policy reads them there. Episodes shorter than the horizon are padded:
/// after their end the mask, the rewards, their parts and the actions are 0, and the observations repeat the last one.
///
/// A value whose buffers stay where they are as long as it is filled in place and not copied.
public struct EpisodeBatch: Sendable {
  /// The sizes of the buffers.
  public let size: EpisodeBatchSize
  /// `[horizon + 1, episodes, observationSize]`: row `t` is what was observed before action `t`; the last row is what was
  /// seen after the last action.
  public package(set) var observations: [Float]
  /// `[horizon, episodes, actionSize]`: the samples of the policy, before any clipping by the environment.
  public package(set) var actions: [Float]
  /// `[horizon, episodes]`: the reward of each action.
  public package(set) var rewards: [Float]
  /// `[horizon, episodes, rewardPartCount]`: what each reward is the sum of.
  public package(set) var rewardParts: [Float]
  /// `[horizon, episodes]`: 1 where the episode still ran when the action was taken, 0 after its end.
  public package(set) var mask: [Float]
  /// `[episodes]`: why each episode has no more steps; one that reaches the batch's horizon is truncated.
  public package(set) var ends: [EpisodeEnd]

  /// Allocates the buffers, filled with zeros.
  public init(size: EpisodeBatchSize) {
    self.size = size
    observations = Array(repeating: 0, count: (size.horizon + 1) * size.episodes * size.observationSize)
    actions = Array(repeating: 0, count: size.timeSteps * size.actionSize)
    rewards = Array(repeating: 0, count: size.timeSteps)
    rewardParts = Array(repeating: 0, count: size.timeSteps * size.rewardPartCount)
    mask = Array(repeating: 0, count: size.timeSteps)
    ends = Array(repeating: [], count: size.episodes)
  }
}

// Reports.
extension EpisodeBatch {
  /// The actions that were taken while their episode ran.
  public var validTimeSteps: Int { mask.reduce(0) { $1 == 0 ? $0 : $0 + 1 } }

  /// `[episodes]`: the sum of each episode's rewards, not discounted, in the order of time.
  public var episodeReturns: [Double] {
    var sums = Array(repeating: 0.0, count: size.episodes)
    for (index, reward) in rewards.enumerated() { sums[index % size.episodes] += Double(reward) }
    return sums
  }

  /// The mean over the episodes of their returns, not discounted.
  public var meanReturn: Double { episodeReturns.reduce(0, +) / Double(size.episodes) }

  /// `[rewardPartCount]`: how much each part of the rewards adds to the mean return.
  public var meanReturnParts: [Double] {
    var sums = Array(repeating: 0.0, count: size.rewardPartCount)
    for (index, part) in rewardParts.enumerated() { sums[index % size.rewardPartCount] += Double(part) }
    return sums.map { $0 / Double(size.episodes) }
  }
}
