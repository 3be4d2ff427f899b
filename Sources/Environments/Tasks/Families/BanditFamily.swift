public import Parts
import RandomStreams

/// The family `bandit`: arms whose rewards are random, and independent of what was pulled before. Tasks differ in the
/// arms' means.
///
/// Source: Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, "RL^2: fast reinforcement learning via slow reinforcement
/// learning" (2016), section 3.1. There a recurrent policy observes its last action and reward; here a policy has no
/// memory and adapts by its inner steps alone, so that the observation is a constant and the policy a distribution over
/// the arms.
public struct BanditFamily: EnvironmentFamily {
  /// The distribution of an arm's rewards.
  public enum Rewards: String, CaseIterable, Sendable {
    /// The reward is 1 with a probability that is uniform over [0, 1], and 0 otherwise.
    case bernoulli
    /// The reward is normal with the standard deviation 1 around a mean from N(0, 1).
    case gaussian
  }

  public let card = Card(
    "bandit", "arms of unknown means, one of which is pulled in each step",
    source: "Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, RL^2 (2016), section 3.1")
  /// The number of arms.
  public var arms = 10
  /// The distribution of an arm's rewards.
  public var rewards = Rewards.bernoulli
  /// The number of pulls of an episode.
  public var horizon = 100

  public static let settings: [Setting<Self>] = [
    Setting("arms", \.arms, in: 2...1_000, "of a bandit; the paper has 5, 10 and 50").measured(in: "arms"),
    Setting(
      "rewards", \.rewards,
      "of an arm; bernoulli: 1 with a probability from U(0, 1); gaussian: N(mean, 1) with a mean from N(0, 1)"),
    Setting("horizon", \.horizon, in: 1...100_000, "pulls in an episode; the paper has 10, 100 and 500")
      .measured(in: "actions"),
  ]

  /// A pull changes nothing but its own reward: with a discount of 0, that of later ones is no noise of its advantage.
  public let defaults: [String: SettingText] = [
    "discount": 0, "episodes": 10, "hidden_sizes": [32], "inner_rate": 20, "inner_rate_learning": true,
    "outer_step": "trpo", "iterations": 100,
  ]

  /// Creates the family with its default settings.
  public init() {}

  public var hasChoices: Bool { true }
  public var evaluationTasks: Int { 100 }

  public var tasks: EnvironmentTasks {
    EnvironmentTasks { [arms, rewards] stream in
      EnvironmentTask(
        name: "arms", parameters: (0..<arms).map { _ in rewards == .bernoulli ? stream.uniform() : stream.normal() })
    }
  }

  public func fault(ofParameters parameters: [Double]) -> String? {
    guard parameters.count == arms else { return "expected the means of \(arms) arms, found \(parameters.count)" }
    let range = rewards == .bernoulli ? 0...1 : -1_000_000.0...1_000_000
    return parameters.first { !range.contains($0) }.map { "expected means from \(range), found \($0)" }
  }

  public func environments() throws(UserError) -> EnvironmentMaker {
    let (specification, rewards) = (specification, rewards)
    return EnvironmentMaker { BanditEnvironment(specification, rewards: rewards, count: $0) }
  }

  private var specification: EnvironmentSpecification {
    EnvironmentSpecification(
      name: card.name, observations: [EnvironmentSpecification.Observation(name: "constant 1", unit: "1")],
      choices: (1...arms).map { "arm \($0)" }, rewardParts: ["reward"], horizon: horizon)
  }

  public var conventions: [TaskConvention] {
    let means =
      rewards == .bernoulli
      ? "each arm's probability from U(0, 1)" : "each arm's mean from N(0, 1)"
    return [
      TaskConvention(
        "rl2", source: card.source,
        TaskConvention.consequences(
          of: specification, start: "the same",
          reward: rewards == .bernoulli ? "1 with the arm's probability, or 0" : "N(the arm's mean, 1)",
          end: "none", distribution: means, training: tasks, test: testTasks, beyond: nil))
    ]
  }
}

/// Arms that pay at random. Every observation is 1: nothing is known but what the policy has adapted to.
final class BanditEnvironment: RowTaskEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private let rewards: BanditFamily.Rewards
  /// The mean reward of each arm, by row.
  private(set) var means: [[Double]] = []
  private var streams: [RandomStream] = []
  private var clocks: EpisodeClocks
  private var lastRewards: [Float]

  init(_ specification: EnvironmentSpecification, rewards: BanditFamily.Rewards, count: Int) {
    (self.specification, self.rewards, self.count) = (specification, rewards, count)
    lastRewards = Array(repeating: 0, count: count)
    clocks = EpisodeClocks(count: count, horizon: specification.horizon)
  }

  func reset(tasks: [EnvironmentTask], at address: RandomAddress, observations: inout MutableSpan<Float>) {
    precondition(address.purpose == .environmentReset, "a reset from random numbers for \(address.purpose)")
    precondition(tasks.count == count, "\(tasks.count) tasks of \(count) rows")
    means = tasks.map(\.parameters)
    streams = address.streams(ofRows: count)
    clocks.restart()
    for row in 0..<count { observations[row] = 1 }
  }

  func restart(rows: [Int], at addresses: [RandomAddress], observations: inout MutableSpan<Float>) {
    for (row, address) in zip(rows, addresses) {
      streams[row] = address.stream
      clocks.restart(row: row)
    }
    for row in 0..<count { observations[row] = 1 }
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    clocks.advance(&ends)
    for row in 0..<count {
      let mean = means[row][specification.choice(actions[row])]
      let reward = self.rewards.draw(mean: mean, from: &streams[row])
      (rewards[row], lastRewards[row], observations[row]) = (Float(reward), Float(reward), 1)
    }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count { parts[row] = lastRewards[row] }
  }
}

extension BanditFamily.Rewards {
  /// The reward of a pull of an arm.
  func draw(mean: Double, from stream: inout RandomStream) -> Double {
    switch self {
    case .bernoulli: stream.uniform() < mean ? 1 : 0
    case .gaussian: mean + stream.normal()
    }
  }
}
