import Files
import Parts
import Ranks
import Runs
import Testing
import Workers

@testable import Training

/// Trainings and evaluations that several ranks make together, with ranks that are threads: they have the values of one.
@Suite struct SharedRunTests {
  /// What a training and an evaluation of it give.
  private struct Found: Equatable, Sendable {
    var checkpoint: CheckpointContents
    var rows: [MetricsRow]
    var scores: [[Double]]
    var look: Double
  }

  private static let small = ["meta_batch_size=3", "episodes=34", "horizon=6", "hidden_sizes=[4]"]

  @Test(arguments: [
    ["task=sinusoid", "meta_batch_size=40", "hidden_sizes=[8]"],
    ["task=glyphs", "meta_batch_size=3", "model=convolutional", "filters=4"],
    ["task=point-navigation", "outer_step=adam"] + small,
    ["task=cheetah-dir", "physics=lanes", "algorithm=mlsr", "outer_step=trpo", "baseline=network"] + small,
    ["task=cheetah-dir", "physics=lanes", "outer_step=ppo", "exploration_term=0.1", "entropy_bonus=0.01"] + small,
    ["task=bandit", "inner_steps=2", "outer_step=ppo"] + small.dropLast(2),
  ])
  func anyNumberOfRanksComputesTheSame(settings: [String]) throws {
    let alone = try Self.trained(settings + ["workers=1"])
    for (count, workers) in [(2, 2), (7, 1)] {
      let configuration = settings + ["workers=\(workers)"]
      #expect(try Self.shared(count) { try Self.trained(configuration) } == alone, "\(count) ranks")
    }
  }

  @Test func ranksThatJoinLaterGoOnFromTheCheckpoint() throws {
    let settings = ["task=point-navigation", "outer_step=trpo"] + Self.small
    let configuration = try Self.configuration(settings)
    var alone = try Catalog.standard.makeTrainer(configuration)
    for iteration in 1...4 { _ = try alone.iterate(iteration) }
    let checkpoint = try Self.shared(2) {
      var first = try Catalog.standard.makeTrainer(configuration)
      for iteration in 1...2 { _ = try first.iterate(iteration) }
      // Another trainer in between takes the place of the first on the other ranks.
      var second = try Catalog.standard.makeTrainer(configuration)
      try second.restore(first.checkpoint)
      _ = try second.iterate(3)
      try first.restore(second.checkpoint)
      _ = try first.iterate(4)
      return first.checkpoint
    }
    #expect(checkpoint == alone.checkpoint)
  }

  @Test func anErrorOfAnyRankIsTheErrorOfTheCommand() throws {
    // All tasks diverge at once.
    let settings = ["task=sinusoid", "meta_batch_size=40", "inner_rate=1000", "inner_steps=50"]
    let alone = #expect(throws: UserError.self) { try Self.trained(settings) }
    let shared = #expect(throws: UserError.self) { try Self.shared(3) { try Self.trained(settings) } }
    #expect(shared?.message == alone?.message && shared?.isDivergence == true, "\(shared?.message ?? "none")")
  }

  @Test func aRankWithOtherDataIsNamed() throws {
    let results = LocalRanks.run(3) { ranks in
      var message = Message()
      var packed = try PackedConfiguration(Self.configuration(["task=sinusoid"]), kernels: "fastest of rank 0")
      if ranks.number == 0 { packed.identity["seed"] = "99" }
      packed.write(to: &message)
      var received = try ranks.exchange(message)[0]
      try RankFollower.agree(ranks) {
        guard ranks.number > 0 else { return }
        try ExternalProgram.withTemporaryFolder("metarl-test") { folder in
          _ = try PackedConfiguration(from: &received).unpacked(in: folder, catalog: .standard)
        }
      }
    }
    for result in results {
      let error = #expect(throws: UserError.self) { try result.get() }
      #expect(error?.message == "rank 1: seed: expected 99, as rank 0 has it, found 1")
    }
  }

  private static func configuration(_ settings: [String]) throws -> RunConfiguration {
    try RunConfiguration(settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private static func trained(_ settings: [String]) throws -> Found {
    let catalog = Catalog.standard
    let configuration = try configuration(settings)
    var trainer = try catalog.makeTrainer(configuration)
    let rows = try (1...3).map { try trainer.iterate($0) }
    let look = trainer.heldOutLooks == nil ? 0 : try trainer.heldOutScore()
    let outcomes = try catalog.makeEvaluator(configuration).evaluate(
      EvaluationRequest(checkpoint: trainer.checkpoint, tasks: 5, steps: 1, seed: 7))
    return Found(checkpoint: trainer.checkpoint, rows: rows, scores: outcomes.map(\.scores), look: look)
  }

  /// What `body` returns on rank 0 of some ranks, of which the others follow.
  private static func shared<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable () throws -> Value) throws
    -> Value
  {
    let results = LocalRanks.run(count) { ranks -> Value? in
      // A rank has what is shared by order of rank 0 alone.
      try Ranks.$current.withValue(.alone) {
        guard ranks.number == 0 else {
          var follower = RankFollower(ranks, catalog: .standard)
          try follower.follow()
          return nil
        }
        let leader = RankLeader(ranks)
        let value = Result { try RankLeader.$current.withValue(leader) { try body() } }
        try leader.end()
        return try value.get()
      }
    }
    for result in results.dropFirst() { _ = try result.get() }
    return try #require(try results[0].get())
  }
}
