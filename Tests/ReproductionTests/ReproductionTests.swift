@testable import Evaluation
import Foundation
import ImageDataFixtures
import Parts
import Reporting
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
    try result(recipe, shouldStop: shouldStop, report: report).map { ReproductionTable(recipe, $0) }
  }

  private func result(
    _ recipe: Recipe, length: RecipeLength = .standard, shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (ReproductionRunner.Report) -> Void = { _ in }
  ) throws -> RecipeResult? {
    try ReproductionRunner(recipe, folder: temporary.path, length: length, workers: 2)
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
    try FileManager.default.removeItem(atPath: "\(temporary.path)/small.json")
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

  private func stored(_ recipe: Recipe, _ runs: [[RecipeResult.Value?]]) -> RecipeResult {
    var result = RecipeResult(of: recipe, length: .standard)
    for (index, values) in runs.enumerated() {
      result.add(
        RecipeResult.Run(
          line: recipe.lines[0].label, seed: index + 1, settings: [:], iterations: 3, seconds: 2, program: "1",
          machine: "m",
          values: values))
    }
    return result
  }

  @Test func tableShowsThreeDigitsTheIntervalAndThePapersNumber() {
    let recipe = recipe([line("MAML", "maml", published: [0.71])], seeds: [1, 2])
    let runs = [[0.70123, 171.92, 0], [0.69877, 171.94, 0]].map { $0.map { RecipeResult.Value(mean: $0) } }
    let table = ReproductionTable(recipe, stored(recipe, runs))
    #expect(
      table.markdown.split(separator: "\n").last
        == "| MAML | 0.700 ± 0.016 (0.71) | 172 ± <1 | 0 ± 0 |")
    #expect(table.intervalOver == "seeds")
  }

  @Test func ofOneSeedTheIntervalIsOverTheTasks() {
    let recipe = recipe([line("MAML", "maml", published: [0.71])], seeds: [1])
    let values = [(0.7, 0.02), (172, 3), (1, nil)].map { RecipeResult.Value(mean: $0.0, halfWidth: $0.1) }
    let table = ReproductionTable(recipe, stored(recipe, [values]))
    #expect(table.markdown.split(separator: "\n").last == "| MAML | 0.700 ± 0.020 (0.71) | 172 ± 3 | 1.00 |")
    #expect(table.intervalOver == "tasks")
  }

  @Test func whatIsKeptOfTheBestIsTheLastWindowOverTheHighest() {
    #expect(ReproductionRunner.retained([0, 4, 6, 2, 1], window: 2) == 1.5 / 5)
    #expect(ReproductionRunner.retained([1, 2, 3], window: 2) == 1)
    #expect(ReproductionRunner.retained([5, 1], window: 100) == 1)
    #expect(ReproductionRunner.retained([-5, -1], window: 1) == nil)
    #expect(ReproductionRunner.retained([1, .nan], window: 1) == nil)
  }

  @Test func missingRunsAreSaidAndNotTakenForDivergence() {
    let recipe = recipe([line("MAML", "maml"), line("none", "random")], seeds: [1, 2, 3])
    let table = ReproductionTable(recipe, stored(recipe, [[1, 2, 3].map { RecipeResult.Value(mean: $0) }]))
    let rows = table.markdown.split(separator: "\n").suffix(2)
    #expect(rows.first == "| MAML | 1.00, 1 of 3 seeds | 2.00, 1 of 3 seeds | 3.00, 1 of 3 seeds |")
    #expect(rows.last == "| none | – | – | – |")
  }

  /// The folders of the runs may be gone: what is finished is in the file.
  @Test func aFinishedRunIsNotMadeAgainWithoutItsFolder() throws {
    let recipe = recipe([line("MAML", "maml")])
    let first = try run(recipe)
    try FileManager.default.removeItem(atPath: "\(temporary.path)/small")
    #expect(try run(recipe) == first)
    #expect(!FileManager.default.fileExists(atPath: "\(temporary.path)/small"))
  }

  @Test func aChangedRecipeMakesItsResultStale() throws {
    let recipe = recipe([line("MAML", "maml")], seeds: [1])
    let result = try #require(try result(recipe))
    #expect(try result.staleness(of: recipe, catalog: .standard) == [])
    let other = self.recipe([line("MAML", "maml", "inner_rate=0.5"), line("none", "random")], seeds: [1])
    #expect(
      try result.staleness(of: other, catalog: .standard)
        == ["MAML: inner_rate is 0.5 and was 0.01", "none, seed 1, is missing"])
    let longer = self.recipe([line("MAML", "maml", "iterations=4")], seeds: [1])
    #expect(try result.staleness(of: longer, catalog: .standard) == ["MAML: iterations is 4 and was 3"])
    var columns = Recipe(
      name: "small", summary: "", source: "", measure: "", lines: recipe.lines, columns: [.score("after", step: 1)],
      seeds: [1], evaluationTasks: 3)
    #expect(try result.staleness(of: columns, catalog: .standard).first?.hasPrefix("the columns are") == true)
    columns = Recipe(
      name: "small", summary: "", source: "", measure: "", lines: recipe.lines, columns: recipe.columns, seeds: [1],
      evaluationTasks: 4)
    #expect(
      try result.staleness(of: columns, catalog: .standard)
        == ["scores are on 4 held-out tasks, seed 1000 and were on 3 held-out tasks, seed 1000"])
    // The stale run is made again, from the start: its folder is of other settings.
    #expect(userError { _ = try self.result(other) }?.status == .configuration)
  }

  @Test func aDamagedFileOfResultsIsSaidAndKept() throws {
    let recipe = recipe([line("MAML", "maml")], seeds: [1])
    let path = "\(temporary.path)/small.json"
    try "{".write(toFile: path, atomically: false, encoding: .utf8)
    let error = userError { _ = try run(recipe) }
    #expect(error?.status == .malformedData && error?.message.hasPrefix(path) == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "{")
  }

  @Test func lengthsHaveTheirOwnIterationsSeedsAndFiles() throws {
    let line = Recipe.Line(
      "MAML", ["task=sinusoid", "algorithm=maml", "iterations=30"], paper: ["iterations=70", "inner_rate=0.5"])
    let recipe = recipe([line])
    func runs(_ length: RecipeLength) throws -> [[String]] {
      try recipe.runs(of: length, catalog: .standard).map {
        ["\($0.configuration.run.iterations)", "\($0.seed)", $0.settings["inner_rate"] ?? ""]
      }
    }
    #expect(try runs(.quick) == [["3", "1", "0.01"]])
    #expect(try runs(.standard) == [["30", "1", "0.01"], ["30", "2", "0.01"]])
    #expect(try runs(.paper) == [["70", "1", "0.5"], ["70", "2", "0.5"]])
    let quick = try #require(try result(recipe, length: .quick))
    #expect(FileManager.default.fileExists(atPath: "\(temporary.path)/small-quick.json"))
    let seconds = try #require(try quick.estimatedSeconds(ofPaper: recipe, catalog: .standard))
    #expect(abs(seconds - quick.seconds / 3 * 140) < 1e-9)
  }

  @Test func aFigureHasTheMeanOfTheSeedsAndTheirRange() throws {
    let columns = Recipe(
      name: "small", summary: "", source: "", measure: "error", lines: [line("MAML", "maml")],
      columns: [.score("0", step: 0), .score("1", step: 1)], figure: .columns(at: [0, 1], label: "steps"))
    let result = stored(columns, [[1, 2], [3, 5]].map { $0.map { RecipeResult.Value(mean: $0) } })
    let text = try #require(String(bytes: try page(columns, result), encoding: .utf8))
    #expect(text.contains(#""highs":[3,5],"lows":[1,2],"name":"MAML","xs":[0,1],"ys":[2,3.5]"#))
  }

  @Test func aLearningCurveIsOfAtMostSixtyMeans() throws {
    let recipe = Recipe(
      name: "small", summary: "", source: "", measure: "error", lines: [line("MAML", "maml", "iterations=130")],
      columns: [.score("0", step: 0)], seeds: [1], evaluationTasks: 3,
      figure: .learning(column: "loss_after", label: "error"))
    let curve = try #require(try result(recipe)?.runs.first?.curve)
    #expect(curve.axis == "iteration" && curve.x.count == 44 && curve.x.first == 3 && curve.x.last == 130)
    let metrics = try MetricsTable(path: "\(temporary.path)/small/maml-seed1/metrics.csv")
    let losses = try #require(metrics.column("loss_after"))
    #expect(abs(curve.y[0] - losses[..<3].reduce(0, +) / 3) < 1e-4 * abs(curve.y[0]))
  }

  /// Parameters along the training are those of its checkpoints, of which there are twelve.
  @Test func scoresAlongTheTrainingAreThoseOfItsCheckpoints() throws {
    let recipe = Recipe(
      name: "small", summary: "", source: "", measure: "error", lines: [line("MAML", "maml", "iterations=24")],
      columns: [.ownScore("half", afterShare: 0.5), .ownScore("all")], seeds: [1], evaluationTasks: 3,
      figure: .heldOut(.init(), label: "error"))
    let run = try #require(try result(recipe)?.runs.first)
    let curve = try #require(run.curve)
    #expect(curve.axis == "iteration" && curve.x == (1...12).map { Double(2 * $0) })
    // A curve has five digits.
    #expect(zip(run.values, [curve.y[5], curve.y[11]]).allSatisfy { abs(($0?.mean ?? 0) - $1) < 1e-4 * $1 })
    #expect(curve.y[5] != curve.y[11])
    let half = try RunEvaluation(
      [RunFolder(path: "\(temporary.path)/small/maml-seed1")],
      options: EvaluationOptions(tasks: 3, checkpoint: .iteration(12), steps: 1, seed: 1_000), catalog: .standard,
      warn: { _ in }
    ).findings().report
    #expect(half.steps[1].mean == run.values[0]?.mean)
  }

  /// A result whose curves are of another kind is made again.
  @Test func resultsOfAnotherFigureAreStale() throws {
    func recipe(_ figure: Recipe.Figure?) -> Recipe {
      Recipe(
        name: "small", summary: "", source: "", measure: "error", lines: [line("MAML", "maml")],
        columns: [.ownScore("all")], seeds: [1], evaluationTasks: 3, figure: figure)
    }
    var found = stored(recipe(nil), [[RecipeResult.Value(mean: 1)]])
    let other = recipe(.heldOut(.init(), label: "error"))
    #expect(try found.staleness(of: other, catalog: .standard).contains("the figure is another"))
    try found.removeStale(other, length: .standard, catalog: .standard)
    #expect(found.runs.isEmpty && found.curves != nil)
  }

  @Test func noiseIsOfALayersSizeAndLeavesTheOthers() throws {
    let weights = (0..<400).map { Float($0 % 7) }
    let names = ["model.block1.weight", "model.output.weight", "optimizer.moment1.output.weight", "model.output.bias"]
    let contents = CheckpointContents(tensors: names.map { NamedArray(name: $0, shape: [400], values: weights) })
    let noisy = Recipe.Column.LayerNoise(layer: "output", deviation: 0.5)
    let changed = contents.adding(noisy, seed: 1)
    #expect([0, 2, 3].allSatisfy { changed.tensors[$0] == contents.tensors[$0] })
    #expect(changed == contents.adding(noisy, seed: 1) && changed != contents.adding(noisy, seed: 2))
    func size(_ values: [Float]) -> Float { (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot() }
    let noise = zip(changed.tensors[1].values, weights).map { $0 - $1 }
    #expect(abs(size(noise) / size(weights) - 0.5) < 0.1)
  }

  @Test func theTimeOfAnIterationIsTheMedian() throws {
    let recipe = Recipe(
      name: "small", summary: "", source: "", measure: "", lines: [line("MAML", "maml", "iterations=5")],
      columns: [.iterationTime("ms")], seeds: [1], evaluationTasks: 3)
    let value = try #require(try result(recipe)?.runs.first?.values.first ?? nil)
    let metrics = try MetricsTable(path: "\(temporary.path)/small/maml-seed1/metrics.csv")
    #expect(value.mean == 1_000 * (try #require(metrics.column("iteration_seconds")).sorted()[2]))
  }

  private func page(_ recipe: Recipe, _ result: RecipeResult) throws -> [UInt8] {
    try ReportPage(of: [ReportPage.Result(of: recipe, result, catalog: .standard)], title: "t", made: "m").html()
  }

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  /// Every result in the repository is part of the program and of a recipe that there is.
  @Test func storedResultsAreThoseOfTheRepository() throws {
    let folder = Self.repository.appending(path: "Sources/CEmbedded/results")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    let names = RecipeResult.stored.compactMap { result in result.itsRecipe?.name(of: result.itsLength) }
    let studies = Study.all.filter { $0.stored != nil }.map(\.name)
    #expect(Set(names + studies) == Set(files.map { String($0.dropLast(5)) }))
    for result in RecipeResult.stored { #expect(!result.runs.isEmpty, "\(result.recipe)") }
  }

  /// A table after a comment `<!-- metarl reproduce NAME -->` is that of the stored result; with `METARL_WRITE_TABLES=1` in
  /// the environment this test writes it.
  @Test func tablesOfTheDocumentationAreThoseOfStoredResults() throws {
    let writes = ProcessInfo.processInfo.environment["METARL_WRITE_TABLES"] == "1"
    let folder = Self.repository.appending(path: "Sources/Reproduction/Reproduction.docc")
    let articles = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let files = articles.filter { $0.pathExtension == "md" } + [Self.repository.appending(path: "README.md")]
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      var lines = text.components(separatedBy: "\n")
      var index = 0
      while index < lines.count {
        defer { index += 1 }
        guard lines[index].hasPrefix("<!-- metarl reproduce ") else { continue }
        let words = lines[index].split(separator: " ")
        let name = String(words[3])
        let wanted = try #require(try storedTable(name), "\(file.lastPathComponent): no stored result of \(name)")
          .components(separatedBy: "\n")
        let start = index + 1
        let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
        if writes {
          lines.replaceSubrange(start..<end, with: wanted)
        } else {
          #expect(Array(lines[start..<end]) == wanted, "\(file.lastPathComponent): the table of \(name)")
        }
      }
      if writes, lines.joined(separator: "\n") != text {
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
      }
    }
  }

  /// The table of the stored result of a recipe, or the first one of that of a study; nil where there is none.
  private func storedTable(_ name: String) throws -> String? {
    if let study = Study.all.first(where: { $0.name == name }) { return study.stored?.findings.tables.first?.markdown }
    let recipe = try Recipe.named(name)
    return RecipeResult.stored(of: recipe).map { ReproductionTable(recipe, $0).markdown }
  }

  /// The recipes of data that are not here run on made files of the published formats, with the networks that they have.
  @Test(arguments: ["cifar-fs", "mini-imagenet"]) func recipesRunOnFilesOfThePublishedFormats(_ data: String) throws {
    let scratch = try ScratchFolder()
    if data == "cifar-fs" {
      try DataSetFixtures.writeCIFAR(to: scratch, images: 4)
    } else {
      try DataSetFixtures.writeMiniImageNet(to: scratch, classes: 10, images: 3)
    }
    let small = [
      "data=\(scratch.path)", "iterations=1", "meta_batch_size=1", "shots=1", "queries=1", "inner_steps=1",
    ]
    let recipes = Recipe.all.filter { $0.name.hasPrefix(data) }
    #expect(recipes.count == 3)
    for recipe in recipes {
      let smaller = Recipe(
        name: recipe.name, summary: "", source: "", measure: "",
        lines: recipe.lines.map { line in
          let whole = line.settings.contains("algorithm=reptile") ? ["inner_batch=0"] : []
          return Recipe.Line(line.label, line.settings + small + whole)
        },
        columns: [.ownScore("all", afterShare: 0.5)], seeds: [1], evaluationTasks: 1)
      let table = try #require(try run(smaller))
      #expect(table.rows.allSatisfy { $0.cells[0].mean.map { (0...1).contains($0) } == true }, "\(table)")
    }
  }

  @Test func everyPublishedRecipeIsOfSettingsThatThereAre() throws {
    #expect(Set(Recipe.all.map(\.name)).count == Recipe.all.count)
    for recipe in Recipe.all {
      for length in RecipeLength.allCases { _ = try recipe.runs(of: length, catalog: .standard) }
      for line in recipe.lines {
        #expect(line.published.isEmpty || line.published.count == recipe.columns.count, "\(recipe.name): \(line.label)")
      }
    }
  }
}
