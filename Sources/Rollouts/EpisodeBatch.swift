public import Environments
import RealModule

/// The episodes of one task at one adaptation step, in flat buffers that are allocated once and reused.
///
/// The layout is time-major: the elements of time step `t` of all episodes are contiguous, so that an environment writes a
/// step's observations directly into their place and the policy reads them there. Episodes shorter than the horizon are
/// padded: after their end the mask, the rewards, their parts and the actions are 0, and the observations repeat the last
/// one.
///
/// A batch is a value whose buffers are not reallocated as long as it is filled in place and not copied.
public struct EpisodeBatch: Sendable {
  /// The sizes of the buffers.
  public let size: EpisodeBatchSize
  /// The observations `[horizon + 1, episodes, observationSize]`. Row `t` is the observation before action `t`; the last
  /// row is the observation after the last action.
  public package(set) var observations: [Float]
  /// The actions `[horizon, episodes, actionSize]`, as sampled from the policy, before any clipping by the environment; a
  /// choice is the index of what was chosen.
  public package(set) var actions: [Float]
  /// The policy's outputs by which the actions were sampled, the means of vectors or the logits of choices,
  /// `[horizon, episodes, outputSize]`.
  public package(set) var outputs: [Float]
  /// The standard deviations of the actions, `[actionSize]`; empty for choices.
  public package(set) var deviations: [Float]
  /// The reward of each action, `[horizon, episodes]`.
  public package(set) var rewards: [Float]
  /// The parts whose sum is the reward of each action, `[horizon, episodes, rewardPartCount]`.
  public package(set) var rewardParts: [Float]
  /// The mask `[horizon, episodes]`: 1 where the episode was running when the action was taken, 0 after its end.
  public package(set) var mask: [Float]
  /// The reason why each episode ended, `[episodes]`; an episode that reaches the batch's horizon is truncated.
  public package(set) var ends: [EpisodeEnd]

  /// Allocates the buffers, filled with zeros.
  public init(size: EpisodeBatchSize) {
    self.size = size
    observations = Array(repeating: 0, count: (size.horizon + 1) * size.episodes * size.observationSize)
    actions = Array(repeating: 0, count: size.timeSteps * size.actionSize)
    outputs = Array(repeating: 0, count: size.timeSteps * size.outputSize)
    deviations = Array(repeating: 1, count: size.actionForm.deviationCount)
    rewards = Array(repeating: 0, count: size.timeSteps)
    rewardParts = Array(repeating: 0, count: size.timeSteps * size.rewardPartCount)
    mask = Array(repeating: 0, count: size.timeSteps)
    ends = Array(repeating: [], count: size.episodes)
  }
}

// Parts of a batch.
extension EpisodeBatch {
  /// A batch of some of the episodes.
  public func episodes(_ range: Range<Int>) -> EpisodeBatch {
    var part = EpisodeBatch(size: size.of(episodes: range.count))
    part.observations = observations.columns(of: range, among: size.episodes, width: size.observationSize)
    part.actions = actions.columns(of: range, among: size.episodes, width: size.actionSize)
    part.outputs = outputs.columns(of: range, among: size.episodes, width: size.outputSize)
    part.deviations = deviations
    part.rewards = rewards.columns(of: range, among: size.episodes)
    part.rewardParts = rewardParts.columns(of: range, among: size.episodes, width: size.rewardPartCount)
    part.mask = mask.columns(of: range, among: size.episodes)
    part.ends = Array(ends[range])
    return part
  }

  /// Writes the episodes of a batch of fewer episodes of the same task in place of those from `first` on.
  public mutating func write(_ part: EpisodeBatch, from first: Int) {
    precondition(
      part.size.of(episodes: size.episodes) == size && first >= 0 && first + part.size.episodes <= size.episodes,
      "a batch of \(part.size) does not fit one of \(size) from episode \(first) on")
    let places = (first, part.size.episodes, size.episodes)
    observations.writeColumns(part.observations, places, width: size.observationSize)
    actions.writeColumns(part.actions, places, width: size.actionSize)
    outputs.writeColumns(part.outputs, places, width: size.outputSize)
    deviations = part.deviations
    rewards.writeColumns(part.rewards, places, width: 1)
    rewardParts.writeColumns(part.rewardParts, places, width: size.rewardPartCount)
    mask.writeColumns(part.mask, places, width: 1)
    for episode in 0..<part.size.episodes { ends[first + episode] = part.ends[episode] }
  }
}

extension [Float] {
  /// The elements that belong to some of the episodes of a time-major array `[time, episodes, width]`.
  public func columns(of episodes: Range<Int>, among all: Int, width: Int = 1) -> [Float] {
    guard width > 0 else { return [] }
    var columns: [Float] = []
    columns.reserveCapacity(count / all * episodes.count)
    for start in stride(from: 0, to: count, by: all * width) {
      columns += self[start + episodes.lowerBound * width..<start + episodes.upperBound * width]
    }
    return columns
  }

  /// Writes `part`, the elements of `places.count` episodes, in place of those from `places.first` on.
  fileprivate mutating func writeColumns(
    _ part: [Float], _ places: (first: Int, count: Int, all: Int), width: Int
  ) {
    let (own, row) = (places.count * width, places.all * width)
    guard own > 0 else { return }
    withUnsafeMutableBufferPointer { target in
      part.withUnsafeBufferPointer { part in
        guard let source = part.baseAddress, let start = target.baseAddress else { return }
        for time in 0..<part.count / own {
          (start + time * row + places.first * width).update(from: source + time * own, count: own)
        }
      }
    }
  }
}

// Summaries of a batch.
extension EpisodeBatch {
  /// The number of actions that were taken while their episode was running.
  public var validTimeSteps: Int { mask.reduce(0) { $1 == 0 ? $0 : $0 + 1 } }

  /// The undiscounted return of each episode, `[episodes]`, summed in the order of time.
  public var episodeReturns: [Double] {
    var sums = Array(repeating: 0.0, count: size.episodes)
    for (index, reward) in rewards.enumerated() { sums[index % size.episodes] += Double(reward) }
    return sums
  }

  /// The mean of the episodes' undiscounted returns.
  public var meanReturn: Double { episodeReturns.reduce(0, +) / Double(size.episodes) }

  /// The contribution of each part of the rewards to the mean return, `[rewardPartCount]`.
  public var meanReturnParts: [Double] {
    var sums = Array(repeating: 0.0, count: size.rewardPartCount)
    for (index, part) in rewardParts.enumerated() { sums[index % size.rewardPartCount] += Double(part) }
    return sums.map { $0 / Double(size.episodes) }
  }
}
