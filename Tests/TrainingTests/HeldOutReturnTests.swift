import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// The looks of a training at held-out tasks, and the checkpoint that scored best.
@Suite struct HeldOutReturnTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  /// A run whose iteration takes milliseconds, with a checkpoint after every second iteration.
  private func configuration(_ more: [String]) throws -> RunConfiguration {
    let tiny = [
      "task=cheetah-dir", "physics=lanes", "meta_batch_size=2", "episodes=4", "horizon=10", "hidden_sizes=[4]",
      "workers=1", "inner_rate=0.5", "trust_region=1", "checkpoint_interval=2",
    ]
    return try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func train(
    _ name: String, _ more: [String], shouldStop: () -> Bool = { false }
  ) throws -> MetricsTable {
    let folder = workshop.folder(name)
    _ = try TrainingRun(configuration: configuration(more), folder: folder, catalog: .standard)
      .train(shouldStop: shouldStop)
    return try MetricsTable(path: folder.metricsPath)
  }

  private func scores(_ table: MetricsTable) throws -> [Double] { try #require(table.column("held_out_return")) }

  @Test(arguments: ["0", "0.6"]) func looksLeaveTheBitsOfARunAsTheyAre(deviation: String) throws {
    let settings = ["iterations=4", "exploration_deviation=\(deviation)"]
    let with = try scores(train("with", settings + ["evaluation_interval=2"]))
    let without = try scores(train("without", settings + ["evaluation_interval=0"]))
    #expect(with.map(\.isFinite) == [false, true, false, true])
    #expect(without.allSatisfy { $0.isNaN })
    let hashes = try ["with", "without"].map { try IterationHashes(path: workshop.folder($0).hashesPath).rows }
    #expect(hashes[0] == hashes[1])
  }

  @Test func bestCheckpointIsThatOfTheLargestScore() throws {
    let table = try train("run", ["iterations=8", "evaluation_interval=1"])
    let scores = try scores(table)
    let best = try #require(scores.indices.max { scores[$0] < scores[$1] })
    let store = workshop.folder("run").checkpoints
    #expect(try store.load(store.bestPath).iteration == best + 1)
    #expect(Set(scores).count == 8)
  }

  /// What the run had found before it stopped still counts, and what comes after is found as without a stop.
  @Test func resumedRunKeepsItsBest() throws {
    let settings = ["iterations=8", "evaluation_interval=1"]
    let whole = try train("whole", settings)
    var iterations = 0
    _ = try train("stopped", settings) {
      iterations += 1
      return iterations == 3
    }
    _ = try TrainingRun(resuming: workshop.folder("stopped"), settings: [], catalog: .standard, warn: { _ in }).train()
    let resumed = try MetricsTable(path: workshop.folder("stopped").metricsPath)
    #expect(try scores(resumed) == scores(whole))
    let stores = ["whole", "stopped"].map { workshop.folder($0).checkpoints }
    #expect(
      try stores[0].load(stores[0].bestPath).contents == stores[1].load(stores[1].bestPath).contents)
  }

  @Test func damagedBestCheckpointGivesWayToTheNextLook() throws {
    _ = try train("run", ["iterations=4", "evaluation_interval=1"])
    let store = workshop.folder("run").checkpoints
    try workshop.damage(store.bestPath) { $0[$0.count - 1] ^= 1 }
    var notes: [String] = []
    let settings = [try ConfigurationSetting(argument: "iterations=6")]
    _ = try TrainingRun(
      resuming: workshop.folder("run"), settings: settings, catalog: .standard, warn: { notes.append($0) }
    ).train()
    #expect(notes.count == 1 && notes[0].contains("best.safetensors") && notes[0].contains("takes its place"))
    #expect(try store.load(store.bestPath).iteration > 4)
  }

  /// A look is an adaptation like those of an evaluation, with other random numbers.
  @Test func scoreIsTheMeanReturnAfterAdaptation() throws {
    let configuration = try configuration(["iterations=1", "evaluation_tasks=2", "episodes=200"])
    let trainer = try PolicyTrainer(configuration)
    let score = try trainer.heldOutScore()
    let outcomes = try PolicyEvaluator(configuration).evaluate(
      EvaluationRequest(checkpoint: trainer.checkpoint, tasks: 1, steps: 1, seed: 5))
    let mean = (outcomes[0].scores[1] + outcomes[1].scores[1]) / 2
    #expect(score != mean)
    #expect(abs(score - mean) < 1)
    #expect(try trainer.heldOutScore() == score)
  }

  @Test func tableWithoutTheColumnGoesOnWithoutLooks() throws {
    _ = try train("run", ["iterations=2", "evaluation_interval=1"])
    let folder = workshop.folder("run")
    let table = try MetricsTable(path: folder.metricsPath)
    let dropped = try #require(table.columns.firstIndex(of: "held_out_return"))
    var (columns, rows) = (table.columns, table.rows)
    columns.remove(at: dropped)
    for index in rows.indices { rows[index].remove(at: dropped) }
    try StoredFile.write(MetricsTable(columns: columns, rows: rows).text, to: folder.metricsPath)
    let best = try StoredFile.read(folder.checkpoints.bestPath, limit: 1 << 20)
    let settings = [try ConfigurationSetting(argument: "iterations=4")]
    _ = try TrainingRun(resuming: folder, settings: settings, catalog: .standard, warn: { _ in }).train()
    let resumed = try MetricsTable(path: folder.metricsPath)
    #expect(resumed.rows.count == 4 && resumed.columns == columns)
    #expect(try StoredFile.read(folder.checkpoints.bestPath, limit: 1 << 20) == best)
  }
}

/// The numbers of episodes that an evaluation may choose.
@Suite struct EpisodeProtocolTests {
  private func configuration(_ more: [String]) throws -> RunConfiguration {
    let tiny = [
      "task=cheetah-dir", "physics=lanes", "meta_batch_size=2", "episodes=6", "horizon=8", "hidden_sizes=[4]",
      "workers=1",
    ]
    return try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func outcomes(
    _ configuration: RunConfiguration, _ counts: EvaluationRequest.EpisodeCounts?, steps: Int = 2
  ) throws -> [TaskOutcome] {
    try PolicyEvaluator(configuration).evaluate(
      EvaluationRequest(
        checkpoint: PolicyTrainer(configuration).checkpoint, tasks: 1, steps: steps, seed: 5, keepsEpisodes: true,
        episodes: counts))
  }

  @Test(arguments: ["0", "0.6"]) func adaptationAndScoreTakeEpisodesOfTheirOwn(deviation: String) throws {
    let configuration = try configuration(["exploration_deviation=\(deviation)", "inner_rate=2"])
    let few = try outcomes(configuration, .init(adaptation: 3, scored: 5))
    #expect(few[0].episodes?.map(\.count) == [5, 5, 5])
    // The scores before adaptation do not depend on what is adapted to; those after it do.
    let more = try outcomes(configuration, .init(adaptation: 4, scored: 5))
    #expect(few[0].scores[0] == more[0].scores[0] && few[0].scores[1] != more[0].scores[1])
    // The first episodes of a score are the same, however many there are.
    let scored = try outcomes(configuration, .init(adaptation: 3, scored: 2))
    #expect(scored[0].episodes?[1] == few[0].episodes.map { Array($0[1].prefix(2)) })
    // The configuration's own numbers: with an exploration apart, a score has others in any case.
    let own = try outcomes(configuration, nil)
    let same = try outcomes(configuration, .init(adaptation: 6, scored: 6))
    #expect(own[0].episodes?[0] == same[0].episodes?[0])
    #expect((own[0].episodes == same[0].episodes) == (deviation != "0"))
  }
}
