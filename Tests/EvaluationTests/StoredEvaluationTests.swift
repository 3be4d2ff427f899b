@testable import Evaluation
import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Evaluations in folders that someone has changed, or that are of another run.
@Suite struct StoredEvaluationTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private func evaluated(_ name: String, _ more: [String] = []) throws -> RunFolder {
    _ = try workshop.start(name, more).train()
    let folder = workshop.folder(name)
    _ = try folder.evaluate(tasks: 3, steps: 1, seed: 9, catalog: .quick, warn: { _ in })
    return folder
  }

  private func stored(_ folder: RunFolder) throws -> (stored: StoredEvaluation?, warnings: [String]) {
    var warnings: [String] = []
    let stored = StoredEvaluation(
      of: folder, try folder.configuration(catalog: .quick), warn: { warnings.append($0) })
    return (stored, warnings)
  }

  @Test func evaluationOfARunFitsIt() throws {
    let folder = try evaluated("run")
    let (found, warnings) = try stored(folder)
    #expect(warnings.isEmpty && found?.steps.count == 2)
    // The hash is that of the run's own table.
    let hashes = try IterationHashes(path: folder.hashesPath)
    #expect(found?.parameterHashes == [hashes.rows[5].parameters.description])
  }

  @Test(arguments: [
    (#""seeds" : [\n    1"#, #""seeds" : [\n    2"#, "expected the seed 1, found 2"),
    (#""task" : "random-walk""#, #""task" : "sinusoid""#, "expected the task random-walk, found sinusoid"),
    (#""algorithm" : "maml""#, #""algorithm" : "mlsr""#, "expected the algorithm maml, found mlsr"),
    (#""measure" : "return""#, #""measure" : "loss""#, "expected the measure return, found loss"),
    (#""tasks" : 3"#, #""tasks" : 4"#, "expected the scores of 4 tasks after 0 steps, found 6"),
    (#""iterations" : [\n    6"#, #""iterations" : [\n    60"#, "expected an iteration up to 6, found 60"),
    (#""iterations" : [\n    6"#, #""iterations" : [\n    5"#, "expected the parameters "),
    (#""mean" : 11.5"#, #""mean" : 99"#, "expected the mean 11.5 after 1 step, found 99"),
    (#""backward" : {\n          "high""#, #""backward" : {\n          "mean" : 7, "high""#, "of backward after"),
    (#""k" : 1"#, #""k" : 2"#, "expected scores after 0, 1, ... steps, found others"),
    ("{", "[", "expected an evaluation, found other contents"),
  ]) func changedEvaluationIsToldInALine(text: String, changed: String, message: String) throws {
    let folder = try evaluated("run")
    let whole = try workshop.temporary.text("run/evaluation.json")
    let (old, new) = (text.replacing("\\n", with: "\n"), changed.replacing("\\n", with: "\n"))
    let range = try #require(whole.range(of: old), "\(old) in \(whole)")
    try StoredFile.write(whole.replacingCharacters(in: range, with: new), to: folder.evaluationPath)
    let (found, warnings) = try stored(folder)
    #expect(found == nil && warnings.count == 1, "\(warnings)")
    #expect(warnings.first?.contains(message) == true && warnings.first?.hasPrefix(folder.evaluationPath) == true)
  }

  /// A comparison evaluates anew what does not fit, and the folder keeps the new result.
  @Test func comparisonsDoNotTakeTheEvaluationOfAnotherRun() throws {
    let (first, second) = (try evaluated("a"), try evaluated("b", ["seed=2"]))
    try StoredFile.write(
      try StoredFile.read(first.evaluationPath, limit: 100_000), to: second.evaluationPath)
    var (warnings, evaluated): ([String], [String]) = ([], [])
    _ = try RunComparison(
      [first, second], options: ComparisonOptions(by: "algorithm", tasks: 3, steps: 1, seed: 9), catalog: .quick,
      warn: { warnings.append($0) }, progress: { evaluated.append($0) })
    #expect(
      warnings == ["\(second.evaluationPath) does not fit its run: expected the seed 2, found 1; evaluate the run anew"]
    )
    #expect(evaluated == ["evaluating \(second.path)"])
    #expect(try stored(second).warnings.isEmpty)
  }

  @Test func evaluationThatComesWithTheProgramFits() throws {
    let folder = try PretrainedRun(named: "cheetah-dir").unpacked(
      environment: ["XDG_CACHE_HOME": workshop.temporary.path])
    var warnings: [String] = []
    let run = try folder.configuration(catalog: .standard)
    #expect(StoredEvaluation(of: folder, run, warn: { warnings.append($0) })?.steps.count == 4)
    #expect(warnings.isEmpty && folder.pretrainedName == "cheetah-dir")
    let score = HeldOutScore(of: folder, run, metrics: nil, catalog: .standard)
    #expect(score?.iteration == 1_000 && (score?.value ?? 0) > 400)
  }

  /// A look of a later iteration is newer than an evaluation; under other conditions an evaluation says nothing of the run.
  @Test func newestScoreOnHeldOutTasksIsFound() throws {
    let folder = try evaluated("run")
    let run = try folder.configuration(catalog: .quick)
    func score(_ looks: [Double]) -> HeldOutScore? {
      let rows = looks.enumerated().map { [Double($0.offset + 5), $0.element] }
      let table = MetricsTable(columns: ["iteration", MetricsTable.heldOutReturn], rows: rows)
      return HeldOutScore(of: folder, run, metrics: table, catalog: .quick)
    }
    #expect(score([3, .nan])?.value == 11.5 && score([])?.iteration == 6)
    #expect(score([3, 4, 7, .nan])?.value == 7 && score([3, 4, 7, .nan])?.iteration == 7)
    try FileManager.default.removeItem(atPath: folder.evaluationPath)
    #expect(score([3, .nan])?.value == 3 && score([.nan]) == nil)
  }
}
