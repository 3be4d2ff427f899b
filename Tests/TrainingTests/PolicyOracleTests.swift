import Environments
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Policies that are trained without any adaptation: the reference line, and runs of no inner steps.
@Suite struct PolicyOracleTests {
  private func configuration(_ more: [String]) throws -> RunConfiguration {
    let tiny = [
      "task=cheetah-dir", "physics=lanes", "meta_batch_size=2", "episodes=8", "horizon=20", "hidden_sizes=[8]",
      "workers=1", "iterations=12",
    ]
    return try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func request(_ configuration: RunConfiguration) throws -> EvaluationRequest {
    EvaluationRequest(checkpoint: try PolicyTrainer(configuration).checkpoint, tasks: 3, steps: 1, seed: 5)
  }

  /// Each direction has a policy of its own, which moves that way, whatever the run has learned.
  @Test func oracleIsTrainedOnEachTaskAlone() throws {
    let configuration = try configuration([])
    let outcomes = try PolicyOracle(configuration).evaluate(request(configuration))
    let start = try PolicyEvaluator(configuration).evaluate(request(configuration))
    #expect(outcomes.map(\.group) == ["forward", "forward", "forward", "backward", "backward", "backward"])
    #expect(outcomes.allSatisfy { $0.scores.count == 1 })
    for group in ["forward", "backward"] {
      func mean(_ outcomes: [TaskOutcome]) -> Double { outcomes.filter { $0.group == group }.map { $0.scores[0] }.mean }
      #expect(mean(outcomes) > mean(start) + 1, "\(group): \(mean(outcomes)) \(mean(start))")
    }
  }

  /// The line is one of the task and the network, and the same for every algorithm and seed.
  @Test func oracleDoesNotDependOnTheAlgorithm() throws {
    let (own, other) = (
      try configuration(["iterations=2"]), try configuration(["iterations=2", "algorithm=mlsr", "seed=7"])
    )
    let scores = try [own, other].map { try PolicyOracle($0).evaluate(request(own)).map(\.scores) }
    #expect(scores[0] == scores[1])
  }

  @Test func runWithoutInnerStepsTrainsOneDirection() throws {
    let configuration = try configuration(["inner_steps=0", "only_tasks=backward", "evaluation_interval=0"])
    var trainer = try PolicyTrainer(configuration)
    let rows = try (1...12).map { try trainer.iterate($0) }
    #expect(rows[0]["return_before"] == rows[0]["return_after"] && rows[0]["inner_kl"] == 0)
    #expect(rows[0]["return_after_forward"] == nil && rows[0]["return_after_backward"] == rows[0]["return_after"])
    #expect(try #require(rows[11]["return_after"]) > #require(rows[0]["return_after"]) + 1)
    #expect(rows[0].environmentSteps == 2 * 8 * 20)
  }

  @Test func algorithmsThatLearnFromTheStepsNeedSome() throws {
    for settings in [["algorithm=reptile"], ["algorithm=joint"], ["algorithm=random"]] {
      let error = userError { _ = try configuration(settings + ["inner_steps=0"]) }
      #expect(error?.message.contains("inner_steps: expected 1 or more with ") == true, "\(settings)")
    }
    let examples = userError {
      _ = try RunConfiguration(
        settings: ["task=sinusoid", "inner_steps=0"].map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    }
    #expect(examples?.message == "inner_steps: expected 1 or more on examples, found 0")
    let alone = userError { _ = try configuration(["exploration_term=1", "meta_batch_size=1"]) }
    #expect(alone?.message.hasPrefix("exploration_term: expected a meta_batch_size of 2 or more") == true)
    let stranger = userError { _ = try configuration(["only_tasks=[forward,sideways]"]) }
    #expect(stranger?.message == "only_tasks: expected some of forward, backward, found 'sideways'")
  }
}
