@testable import Evaluation
import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct RunComparisonTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private func train(_ name: String, _ more: [String]) throws -> RunFolder {
    let tiny = ["task=sinusoid", "iterations=3", "meta_batch_size=2", "workers=1"]
    let configuration = try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    _ = try TrainingRun(configuration: configuration, folder: workshop.folder(name), catalog: .standard).train()
    return workshop.folder(name)
  }

  private func compare(
    _ folders: [RunFolder], _ options: ComparisonOptions, progress: (String) -> Void = { _ in },
    warn: (String) -> Void = { _ in }
  ) throws -> RunComparison {
    try RunComparison(folders, options: options, catalog: .standard, warn: warn, progress: progress)
  }

  /// Each run's evaluation of the same tasks gives the scores, and is not made twice.
  @Test func runsAreComparedOnTheSameTasksAndEvaluatedOnce() throws {
    let folders = [
      try train("slow1", ["inner_rate=0.001"]), try train("slow2", ["inner_rate=0.001", "seed=2"]),
      try train("fast1", ["inner_rate=0.01"]),
    ]
    let options = ComparisonOptions(by: "inner_rate", tasks: 6, seed: 5)
    var evaluated: [String] = []
    let first = try compare(folders, options) { evaluated.append($0) }
    #expect(evaluated.count == 3)
    #expect(first.groups.map(\.name) == ["0.001", "0.01"] && first.groups.map(\.runs) == [2, 1])
    #expect(first.tasks == 6 && first.k == 1 && first.evaluationSeed == 5)
    let report = try RunEvaluation(
      [folders[2]], options: EvaluationOptions(tasks: 6, seed: 5), catalog: .standard, warn: { _ in }
    ).findings().report
    // Losses are negated, so that more is better.
    #expect(abs(first.groups[1].mean + report.steps[1].mean) < 1e-12)
    for group in first.groups {
      let (low, high) = try (#require(group.iqmLow), #require(group.iqmHigh))
      #expect(group.optimalityGap == nil && low <= group.iqm && group.iqm <= high)
    }
    // One run says nothing of how runs vary.
    #expect(first.improvements.allSatisfy { $0.low == nil && $0.high == nil })
    let (over, under) = (first.improvements[0], first.improvements[1])
    #expect(over.of == "0.001" && over.over == "0.01" && under.of == "0.01")
    #expect(abs(over.probability + under.probability - 1) < 1e-12)
    evaluated = []
    let second = try compare(folders, options) { evaluated.append($0) }
    #expect(evaluated.isEmpty)
    #expect(try JSONText.encode(second) == JSONText.encode(first))
    _ = try compare(folders, ComparisonOptions(by: "inner_rate", tasks: 6, seed: 6)) { evaluated.append($0) }
    #expect(evaluated.count == 3)
  }

  @Test func referencesNormaliseScores() throws {
    let folders = [try train("a", []), try train("b", ["seed=2"])]
    let compared = try compare(folders, ComparisonOptions(by: "algorithm", tasks: 3, isNormalized: true))
    let gap = try #require(compared.groups[0].optimalityGap)
    #expect(compared.isNormalized && gap > 0 && abs(gap - (1 - compared.groups[0].mean)) < 0.5)
  }

  @Test func whatElseDiffersIsTold() throws {
    let folders = [try train("a", []), try train("b", ["seed=2", "outer_rate=0.01"])]
    var notes: [String] = []
    _ = try compare(folders, ComparisonOptions(by: "algorithm", tasks: 2), warn: { notes.append($0) })
    #expect(notes == ["runs of one algorithm differ in outer_rate, too, and are taken together"])
  }

  /// A longer evaluation in a folder is no reason to compare after its steps, and one that lost its values is made again.
  @Test func storedEvaluationsGiveTheStepsOfTheTraining() throws {
    let folders = [try train("a", []), try train("b", ["seed=2"])]
    let options = ComparisonOptions(by: "algorithm", tasks: 3, seed: 5)
    let fresh = try compare(folders, options)
    for folder in folders {
      _ = try folder.evaluate(tasks: 3, steps: 4, seed: 5, catalog: .standard, warn: { _ in })
    }
    let stored = try compare(folders, options)
    #expect(stored.k == 1 && stored.groups[0].mean == fresh.groups[0].mean)
    let text = try workshop.temporary.text("a/evaluation.json")
    let damaged = text.replacingOccurrences(of: "\"tasks\" : 3", with: "\"tasks\" : 2")
    try damaged.write(toFile: folders[0].evaluationPath, atomically: true, encoding: .utf8)
    var evaluated: [String] = []
    _ = try compare(folders, ComparisonOptions(by: "algorithm", tasks: 2, seed: 5)) { evaluated.append($0) }
    #expect(evaluated.count == 2)
  }

  /// Held-out tasks of a fixed number, which form no groups, have as many scores as there are of them.
  @Test func fixedHeldOutTasksAreEvaluatedOnce() throws {
    let tiny = ["task=cheetah-vel", "iterations=1", "episodes=2", "horizon=4"]
    let folders = [try train("a", tiny), try train("b", tiny + ["algorithm=fomaml"])]
    var evaluated: [String] = []
    let first = try compare(folders, ComparisonOptions(by: "algorithm"), progress: { evaluated.append($0) })
    let second = try compare(folders, ComparisonOptions(by: "algorithm"), progress: { evaluated.append($0) })
    #expect(evaluated.count == 2 && first.tasks == 30)
    #expect(try JSONText.encode(second) == JSONText.encode(first))
  }

  /// Where nothing is said, the tasks are those of the runs' own evaluations, if these agree and have enough of them.
  @Test func runsAreComparedOnTheTasksOfTheirEvaluations() throws {
    let folders = [try train("a", []), try train("b", ["algorithm=fomaml"])]
    func evaluate(_ tasks: Int) throws {
      for folder in folders {
        _ = try folder.evaluate(tasks: tasks, steps: 1, seed: 777, catalog: .standard, warn: { _ in })
      }
    }
    var evaluated: [String] = []
    func compare() throws -> RunComparison {
      try self.compare(folders, ComparisonOptions(by: "algorithm"), progress: { evaluated.append($0) })
    }
    try evaluate(2)
    #expect(try compare().tasks == 600 && evaluated.count == 2)
    try evaluate(601)
    let compared = try compare()
    #expect(compared.tasks == 601 && compared.evaluationSeed == 777 && evaluated.count == 2)
  }

  @Test func whatDiffersBetweenGroupsIsTold() throws {
    let folders = [try train("a", ["inner_rate=0.1"]), try train("b", ["outer_rate=0.01", "iterations=4"])]
    var notes: [String] = []
    _ = try compare(folders, ComparisonOptions(by: "inner_rate", tasks: 2), warn: { notes.append($0) })
    #expect(notes.contains("besides inner_rate, runs differ in iterations, outer_rate"))
    #expect(notes.contains("the newest checkpoints are of the iterations 3, 4"))
  }

  @Test func runsThatCannotBeComparedAreRefused() throws {
    let (a, twin) = (try train("a", []), try train("twin", []))
    let other = try train("other", ["task=polynomial-1"])
    func message(_ folders: [RunFolder], by key: String = "algorithm") -> String {
      userError { _ = try compare(folders, ComparisonOptions(by: key, tasks: 2)) }?.message ?? ""
    }
    #expect(message([a, twin]).contains("twin: expected another seed or another algorithm than those of "))
    #expect(message([a, other]).contains("other: expected a run on sinusoid as "))
    #expect(message([a], by: "physics").contains("by physics: expected a key of every run, found none in "))
  }
}
