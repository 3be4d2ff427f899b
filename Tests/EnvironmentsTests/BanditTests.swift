import Parts
import RandomStreams
import Testing

@testable import Environments

/// Bandits, and what is known of players on them.
@Suite struct BanditTests {
  private func reference(_ name: String, of family: BanditFamily) throws -> EnvironmentReference {
    try #require(family.references.first { $0.name == name })
  }

  /// The mean return of a reference over drawn tasks, and its standard error.
  private func score(_ name: String, of family: BanditFamily, tasks: Int) throws -> (mean: Double, error: Double) {
    let reference = try reference(name, of: family)
    let scores = (0..<tasks).map { number in
      var stream = RandomAddress(seed: 1, purpose: .test, task: number).stream
      return reference.score(on: family.tasks.sample(from: &stream), from: &stream)
    }
    return scores.meanAndError
  }

  /// RL^2's table 1 for 10 arms and 100 pulls, each a mean over 1,000 bandits: 49.9 at random, 82.8 for the best classical
  /// player. The best arm's mean is 10 / 11. The bound is four standard errors of both means.
  @Test(arguments: [("uniform", 49.9), ("ucb1", 82.8), ("oracle", 1_000.0 / 11)])
  func referencesHaveThePublishedReturns(name: String, published: Double) throws {
    let (mean, error) = try score(name, of: BanditFamily(), tasks: 1_000)
    #expect(abs(mean - published) < 4 * 2.0.squareRoot() * error, "\(name): \(mean) +- \(error)")
  }

  /// Thompson sampling explores for longer than 100 pulls repay, and yet learns: between random play and UCB1.
  @Test func thompsonSamplingLearns() throws {
    let thompson = try score("thompson", of: BanditFamily(), tasks: 1_000)
    #expect(thompson.mean > 70 && thompson.mean + 4 * thompson.error < 82.8, "\(thompson)")
  }

  @Test func gaussianArmsAreExploredToo() throws {
    var family = BanditFamily()
    family.rewards = .gaussian
    let uniform = try score("uniform", of: family, tasks: 500)
    // The mean of means from N(0, 1).
    #expect(abs(uniform.mean) < 5 * uniform.error)
    let (thompson, oracle) = (
      try score("thompson", of: family, tasks: 500), try score("oracle", of: family, tasks: 500)
    )
    #expect(thompson.mean > 0.7 * oracle.mean && thompson.mean < oracle.mean)
    #expect(try score("ucb1", of: family, tasks: 500).mean > 0.7 * oracle.mean)
  }

  /// A pull of each arm by a row of its own.
  @Test func armsPayTheirMeans() throws {
    var family = BanditFamily()
    (family.arms, family.horizon) = (3, 4_000)
    let environment = try family.environments().environment(count: 3)
    let task = EnvironmentTask(name: "arms", parameters: [0.1, 0.5, 0.9])
    var (observations, rewards) = ([Float](repeating: 0, count: 3), [Float](repeating: 0, count: 3))
    var ends = [EpisodeEnd](repeating: [], count: 3)
    var room = observations.mutableSpan
    environment.reset(
      task: task, at: RandomAddress(seed: 2, purpose: .environmentReset), observations: &room)
    #expect(observations == [1, 1, 1])
    var sums = [0.0, 0, 0]
    let arms: [Float] = [0, 1, 2]
    for _ in 0..<4_000 {
      var room = observations.mutableSpan
      var earned = rewards.mutableSpan
      var ended = ends.mutableSpan
      environment.step(actions: arms.span, observations: &room, rewards: &earned, ends: &ended)
      for row in 0..<3 { sums[row] += Double(rewards[row]) }
      #expect(rewards.allSatisfy { $0 == 0 || $0 == 1 })
    }
    // Five standard errors of a share of 4,000.
    for (sum, mean) in zip(sums, task.parameters) { #expect(abs(sum / 4_000 - mean) < 5 * 0.5 / 4_000.0.squareRoot()) }
    #expect(ends == [.truncated, .truncated, .truncated])
  }
}

extension [Double] {
  /// The mean and its standard error.
  var meanAndError: (mean: Double, error: Double) {
    let mean = reduce(0, +) / Double(count)
    let variance = reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    return (mean, (variance / Double(count)).squareRoot())
  }
}
