@testable import Evaluation
import Foundation
import Parts
@testable import Reproduction
import RunFixtures
@testable import Runs
import Synchronization
import Testing
@testable import Training

@Suite struct ReproductionTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func recipe(_ lines: [Recipe.Line], seeds: [Int] = [1, 2]) -> Recipe {
    Recipe(
      name: "small", summary: "", source: "nobody 2000, table 1", measure: "error", lines: lines,
      columns: [.score("before", step: 0), .score("after", step: 2, shots: 5), .metric("last", "loss")], seeds: seeds,
      evaluationTasks: 3)
  }

  @Test func ownScoreIsThatAfterTheStepsOfTraining() throws {
    let recipe = Recipe(
      name: "steps", summary: "", source: "", measure: "", lines: [line("MAML", "maml", "inner_steps=3")],
      columns: [
        .score("one", step: 1), .score("three", step: 3), .ownScore("own"), .ownScore("own, 2 shots", shots: 2),
      ],
      seeds: [1], evaluationTasks: 2)
    let cells = try #require(try run(recipe)).rows[0].cells.map(\.mean)
    #expect(cells[2] == cells[1])
    #expect(cells[2] != cells[0] && cells[2] != cells[3])
  }

  private func line(_ label: String, _ algorithm: String, _ extra: String..., published: [Double?] = []) -> Recipe.Line
  {
    Recipe.Line(label, ["task=sinusoid", "algorithm=\(algorithm)", "iterations=3"] + extra, published: published)
  }

  private func run(
    _ recipe: Recipe, shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (ReproductionRunner.Report) -> Void = { _ in }
  ) throws -> ReproductionTable? {
    try ReproductionRunner(recipe, folder: temporary.path, isQuick: false, workers: 2)
      .run(shouldStop: shouldStop, report: report)
  }

  @Test func cellsAreMeansOverTheSeedsOfWhatEvaluateSays() throws {
    let table = try #require(try run(recipe([line("MAML", "maml", published: [nil, 0.5]), line("none", "random")])))
    #expect(table.rows.map(\.label) == ["MAML", "none"])
    let scores = try (1...2).map { seed in
      try RunFolder(path: "\(temporary.path)/small/maml-seed\(seed)").evaluate(
        tasks: 3, steps: 2, seed: 1_000, shots: 5, catalog: .standard, warn: { _ in }
      ).steps[2].mean
    }
    #expect(table.rows[0].cells[1].mean == (scores[0] + scores[1]) / 2)
    #expect(table.rows[0].cells.map(\.published) == [nil, 0.5, nil])
    #expect(table.rows[0].cells.allSatisfy { $0.halfWidth != nil })
  }

  @Test func aSecondTimeNothingIsTrained() throws {
    let recipe = recipe([line("MAML", "maml")], seeds: [1])
    let first = try run(recipe)
    let metrics = "\(temporary.path)/small/maml-seed1/metrics.csv"
    let before = try FileManager.default.attributesOfItem(atPath: metrics)[.modificationDate] as? Date
    #expect(try run(recipe) == first)
    #expect(try FileManager.default.attributesOfItem(atPath: metrics)[.modificationDate] as? Date == before)
  }

  @Test func aStoppedRecipeGoesOnAndEndsTheSame() throws {
    let recipe = recipe([line("MAML", "maml", "iterations=40")], seeds: [1])
    let asked = Mutex(0)
    let stopped = try run(recipe) {
      asked.withLock { count in
        count += 1
        return count > 10
      }
    }
    #expect(stopped == nil)
    let resumed = try run(recipe)
    try FileManager.default.removeItem(atPath: "\(temporary.path)/small")
    #expect(try run(recipe) == resumed)
  }

  /// A run that diverged makes no more iterations, and counts as one that is over.
  @Test func progressCountsTheIterationsOfAllRuns() throws {
    let recipe = recipe([line("MAML", "maml"), line("wild", "maml", "inner_rate=1000", "inner_steps=9")], seeds: [1])
    func reports() throws -> [ReproductionRunner.Report] {
      let reports = Mutex<[ReproductionRunner.Report]>([])
      _ = try run(recipe, report: { report in reports.withLock { $0.append(report) } })
      return reports.withLock { $0 }
    }
    let first = try reports()
    let last = try #require(first.last)
    #expect(last.done == 2 && last.all == 2 && last.iterations == 6 && last.allIterations == 6)
    #expect(first.compactMap(\.run).sorted() == ["MAML, seed 1", "wild, seed 1"])
    #expect(zip(first, first.dropFirst()).allSatisfy { $0.iterations <= $1.iterations })
    #expect(first.contains { $0.iterations > 0 && $0.done == 0 && $0.run == nil })
    // What was trained before takes no time.
    let again = try #require(try reports().first { $0.iterations >= 3 })
    #expect(again.earlierIterations >= 3)
  }

  @Test func aDivergedRunIsAResultAndOtherSettingsInItsPlaceAreAnError() throws {
    let table = try #require(try run(recipe([line("MAML", "maml", "inner_rate=1000", "inner_steps=9")], seeds: [1])))
    #expect(table.rows[0].cells.allSatisfy { $0.mean == nil })
    #expect(table.markdown.hasSuffix("| MAML | diverged | diverged | diverged |"))
    let error = userError { _ = try run(recipe([line("MAML", "maml", "inner_rate=0.5")], seeds: [1])) }
    #expect(error?.status == .configuration)
    #expect(error?.message.contains("small/maml-seed1") == true)
  }

  @Test func tableShowsThreeDigitsTheIntervalAndThePapersNumber() {
    let recipe = recipe([line("MAML", "maml", published: [0.71])], seeds: [1, 2])
    let runs = [[0.70123, 171.92, 0], [0.69877, 171.94, 0]].map { $0.map { ReproductionTable.Value(mean: $0) } }
    let table = ReproductionTable(recipe, values: [0: runs])
    #expect(
      table.markdown.split(separator: "\n").last
        == "| MAML | 0.7 ± 0.0156 (0.71) | 172 ± 0.127 | 0 ± 0 |")
    #expect(table.intervalOver == "seeds")
  }

  @Test func ofOneSeedTheIntervalIsOverTheTasks() {
    let recipe = recipe([line("MAML", "maml", published: [0.71])], seeds: [1])
    let values = [(0.7, 0.02), (172, 3), (1, nil)].map { ReproductionTable.Value(mean: $0.0, halfWidth: $0.1) }
    let table = ReproductionTable(recipe, values: [0: [values]])
    #expect(table.markdown.split(separator: "\n").last == "| MAML | 0.7 ± 0.02 (0.71) | 172 ± 3 | 1 |")
    #expect(table.intervalOver == "tasks")
  }

  @Test func everyPublishedRecipeIsOfSettingsThatThereAre() throws {
    #expect(Set(Recipe.all.map(\.name)).count == Recipe.all.count)
    for recipe in Recipe.all {
      for line in recipe.lines {
        let settings = try line.settings.map { try ConfigurationSetting(argument: $0) }
        _ = try RunConfiguration(settings: settings, catalog: .standard)
        #expect(line.published.isEmpty || line.published.count == recipe.columns.count, "\(recipe.name): \(line.label)")
      }
    }
  }
}
