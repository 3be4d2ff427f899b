import Parts
import RandomStreams
import Testing

@testable import Environments

/// Decision processes of a few states, and what is known of explorers on them.
@Suite struct TabularProcessTests {
  /// Two states and two actions, one of which stays and one of which moves.
  private let process = TabularTask(
    states: 2, choices: 2, transitions: [1, 0, 0.25, 0.75, 0, 1, 1, 0], means: [1, 0, 2, -1])

  /// By hand: with one step left, the best of the rewards, 1 and 2. With two, staying gives 1 + 1, moving
  /// 0 + 0.25 x 1 + 0.75 x 2 = 1.75; the second state stays for 2 + 2. With three, staying gives 1 + 2, moving
  /// 0.25 x 2 + 0.75 x 4 = 3.5.
  @Test func planningFindsTheValueByHand() {
    #expect([1, 2, 3].map { Plan(process, horizon: $0).value } == [1, 2, 3.5])
    let plan = Plan(process, horizon: 3)
    #expect(plan.choice(in: 0, at: 0) == 1 && plan.choice(in: 0, at: 1) == 0 && plan.choice(in: 1, at: 0) == 0)
  }

  @Test func stepsFollowTheTransitionsAndTheRewards() {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    var (moved, sum) = (0, 0.0)
    for _ in 0..<10_000 {
      moved += process.next(after: 0, 1, from: &stream)
      sum += process.reward(of: 1, 0, from: &stream)
      #expect(process.next(after: 1, 1, from: &stream) == 0)
    }
    // Five standard errors.
    #expect(abs(Double(moved) / 10_000 - 0.75) < 0.022 && abs(sum / 10_000 - 2) < 0.05)
  }

  @Test func drawnProcessesHaveProbabilitiesAndTheFamilysMeans() {
    let family = TabularProcessFamily()
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    var means: [Double] = []
    for _ in 0..<100 {
      let task = TabularTask(family.tasks.sample(from: &stream), states: 10, choices: 5)
      for start in stride(from: 0, to: 500, by: 10) {
        #expect(abs(task.transitions[start..<start + 10].reduce(0, +) - 1) < 1e-12)
      }
      means += task.means
    }
    let (mean, error) = means.meanAndError
    #expect(abs(mean - 1) < 5 * error && abs(error * 5_000.0.squareRoot() - 1) < 0.05)
  }

  /// The expected value of each action's choice is what the environment pays.
  @Test func theOptimalPolicyEarnsItsValue() throws {
    var family = TabularProcessFamily()
    (family.states, family.choices, family.horizon) = (2, 2, 3)
    let environment = try family.environments().environment(count: 4_000)
    let plan = Plan(process, horizon: 3)
    var observations = [Float](repeating: 0, count: 8_000)
    var rewards = [Float](repeating: 0, count: 4_000)
    var ends = [EpisodeEnd](repeating: [], count: 4_000)
    var room = observations.mutableSpan
    environment.reset(
      task: EnvironmentTask(name: "process", parameters: process.parameters),
      at: RandomAddress(seed: 2, purpose: .environmentReset), observations: &room)
    var returns = [Double](repeating: 0, count: 4_000)
    for time in 0..<3 {
      let actions = (0..<4_000).map { Float(plan.choice(in: observations[2 * $0] == 1 ? 0 : 1, at: time)) }
      var room = observations.mutableSpan
      var earned = rewards.mutableSpan
      var ended = ends.mutableSpan
      environment.step(actions: actions.span, observations: &room, rewards: &earned, ends: &ended)
      for row in 0..<4_000 { returns[row] += Double(rewards[row]) }
    }
    let (mean, error) = returns.meanAndError
    #expect(abs(mean - 3.5) < 5 * error)
  }

  /// The mean return of an explorer's first 10 episodes together, over drawn processes.
  private func score(_ name: String, tasks: Int) throws -> (mean: Double, error: Double) {
    let family = TabularProcessFamily()
    let reference = try #require(family.references.first { $0.name == name })
    let scores = (0..<tasks).map { number in
      var stream = RandomAddress(seed: 1, purpose: .test, task: number).stream
      return 10 * reference.score(on: family.tasks.sample(from: &stream), from: &stream)
    }
    return scores.meanAndError
  }

  /// RL^2's table 2 for 10 episodes, each a mean over 1,000 processes: 100.1 at random, 150.2 for the best classical method.
  /// The bound is four standard errors of both means.
  @Test(arguments: [("uniform", 100.1), ("beb", 150.2)])
  func explorersHaveThePublishedReturns(name: String, published: Double) throws {
    let (mean, error) = try score(name, tasks: 400)
    let bound = 4 * error * (1 + 400.0 / 1_000).squareRoot()
    #expect(abs(mean - published) < bound, "\(name): \(mean) +- \(error)")
  }

  /// Posterior sampling explores for longer than 10 episodes repay, and yet learns.
  @Test func posteriorSamplingLearns() throws {
    let psrl = try score("psrl", tasks: 400)
    #expect(psrl.mean - 4 * psrl.error > 110 && psrl.mean + 4 * psrl.error < 150.2, "\(psrl)")
  }
}
