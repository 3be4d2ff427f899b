import Environments
import Parts
import Rollouts

/// Episodes that a program collected by a policy, in an environment of its own: what an inner step adapts to.
///
/// Arrays are time-major: the elements of a time step of all episodes lie together.
public struct PolicyExperience: Sendable {
  /// The number of actions of each episode, `[episodes]`.
  public var lengths: [Int]
  /// The observation before each action, `[steps, episodes, observationSize]`, as the environment gave it.
  public var observations: [Float]
  /// The actions as the policy sampled them, before any clipping, `[steps, episodes, actionSize]`; a choice is its index.
  public var actions: [Float]
  /// The reward of each action, `[steps, episodes]`.
  public var rewards: [Float]

  /// Why a policy cannot adapt to episodes.
  public enum Fault: Error, Equatable, CustomStringConvertible {
    /// An array has another number of elements than it needs.
    case wrongSize(String)
    /// A number is none that an episode can have.
    case invalidValue(String)
    /// The policy takes no such step.
    case wrongState(String)

    public var description: String {
      switch self {
      case .wrongSize(let text), .invalidValue(let text), .wrongState(let text): text
      }
    }
  }

  /// Creates episodes from their numbers. What follows after the end of an episode has no effect.
  /// - Parameters:
  ///   - lengths: the number of actions of each episode, at most the number of steps.
  ///   - observations: what was observed before each action, episode by episode.
  ///   - actions: the actions, in the same order.
  ///   - rewards: the reward of each action.
  public init(lengths: [Int], observations: [Float], actions: [Float], rewards: [Float]) {
    (self.lengths, self.observations, self.actions, self.rewards) = (lengths, observations, actions, rewards)
  }

  /// The episodes as a batch of a policy's size, padded to its horizon. The outputs by which the actions were sampled are
  /// left to be filled in.
  /// - Parameters:
  ///   - size: the size of a batch of the run.
  ///   - bounds: the magnitude to which each element of an observation is clipped, `[observationSize]`.
  func batch(of size: EpisodeBatchSize, bounds: [Float]) throws(Fault) -> EpisodeBatch {
    let steps = try checkedSteps(size)
    var batch = EpisodeBatch(size: size.of(episodes: lengths.count))
    for episode in lengths.indices {
      for time in 0...size.horizon {
        // Past the end of an episode its last observation is repeated.
        let source = min(time, lengths[episode] - 1) * lengths.count + episode
        let target = time * lengths.count + episode
        for index in 0..<size.observationSize {
          let value = observations[source * size.observationSize + index]
          batch.observations[target * size.observationSize + index] = min(max(value, -bounds[index]), bounds[index])
        }
      }
      for time in 0..<lengths[episode] {
        let step = time * lengths.count + episode
        (batch.mask[step], batch.rewards[step]) = (1, rewards[step])
        for index in step * size.actionSize..<(step + 1) * size.actionSize { batch.actions[index] = actions[index] }
      }
      batch.ends[episode] = lengths[episode] < steps ? .terminated : .truncated
    }
    try checkValid(batch)
    return batch
  }

  /// - Returns: the number of time steps.
  private func checkedSteps(_ size: EpisodeBatchSize) throws(Fault) -> Int {
    let episodes = lengths.count
    guard (1...Self.mostEpisodes).contains(episodes) else {
      throw .wrongSize("episodes: expected 1 to \(Self.mostEpisodes), found \(episodes)")
    }
    let steps = rewards.count / episodes
    guard (1...size.horizon).contains(steps), rewards.count == steps * episodes else {
      throw .wrongSize(
        "rewards: expected those of 1 to \(size.horizon) time steps of \(episodes.counted("episode")), found \(rewards.count)"
      )
    }
    for (name, found, width) in [
      ("observations", observations.count, size.observationSize), ("actions", actions.count, size.actionSize),
    ] where found != rewards.count * width {
      throw .wrongSize(
        "\(name): expected \(steps.counted("time step")) x \(episodes.counted("episode")) x \(width.counted("number")), found \(found)"
      )
    }
    if let length = lengths.first(where: { !(1...steps).contains($0) }) {
      throw .invalidValue("lengths: expected 1 to \(steps) actions of an episode, found \(length)")
    }
    return steps
  }

  private func checkValid(_ batch: EpisodeBatch) throws(Fault) {
    for (name, values) in [
      ("observations", batch.observations), ("actions", batch.actions), ("rewards", batch.rewards),
    ] {
      if let value = values.first(where: { !$0.isFinite }) {
        throw .invalidValue("\(name): expected finite numbers, found \(value)")
      }
    }
    guard case .choice(let count) = batch.size.actionForm else { return }
    if let action = batch.actions.first(where: { $0 < 0 || $0 >= Float(count) || $0 != $0.rounded() }) {
      throw .invalidValue("actions: expected choices from 0 to \(count - 1), found \(action)")
    }
  }

  /// The most episodes of an inner step.
  public static let mostEpisodes = 100_000
}
