@testable import Evaluation
import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct AdaptationScoresTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private func train(_ name: String, _ more: [String], task: String = "sinusoid") throws -> RunFolder {
    let tiny = ["task=\(task)", "iterations=2", "meta_batch_size=2", "workers=1"]
    let configuration = try RunConfiguration(
      settings: (tiny + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    _ = try TrainingRun(configuration: configuration, folder: workshop.folder(name), catalog: .standard).train()
    return workshop.folder(name)
  }

  private func scores(
    _ folders: [RunFolder], steps: Int? = nil, seed: Int? = nil, progress: (String) -> Void = { _ in }
  ) throws -> AdaptationScores {
    try AdaptationScores(folders, steps: steps, seed: seed, catalog: .standard, warn: { _ in }, progress: progress)
  }

  /// The first evaluation that is there says of which tasks all are; a run without one is evaluated once.
  @Test func evaluationsThatAreThereAreTakenAndOthersMade() throws {
    let folders = [try train("a", ["seed=1"]), try train("b", ["seed=2"])]
    let report = try folders[0].evaluate(tasks: 5, steps: 3, seed: 9, catalog: .standard, warn: { _ in })
    var evaluated: [String] = []
    let first = try scores(folders) { evaluated.append($0) }
    #expect(evaluated == ["evaluating \(folders[1].path)"])
    #expect(first.measure == "loss" && first.evaluationSeed == 9)
    #expect(first.runs[0].steps == report.steps && first.runs[0].iteration == 2)
    // Runs that differ in their seeds only have as many steps.
    #expect(first.runs[1].steps.map { $0.values.count } == [5, 5, 5, 5])
    evaluated = []
    let second = try scores(folders) { evaluated.append($0) }
    #expect(evaluated.isEmpty && second.runs[1].steps == first.runs[1].steps)
    // Other tasks, or more steps, are other evaluations.
    _ = try scores([folders[1]], steps: 4) { evaluated.append($0) }
    _ = try scores([folders[1]], seed: 4) { evaluated.append($0) }
    #expect(evaluated.count == 2)
    // The folder keeps that of its seed.
    #expect(StoredEvaluation(path: folders[1].evaluationPath)?.evaluationSeed == 9)
    #expect(try scores(folders, steps: 1, seed: 4).runs.map(\.steps.count) == [2, 2])
  }

  @Test func evaluationsByAnotherSeedAreNotReplaced() throws {
    let folder = try train("a", [])
    _ = try folder.evaluate(tasks: 3, steps: 1, seed: 9, catalog: .standard, warn: { _ in })
    let before = try workshop.temporary.text("a/evaluation.json")
    var warnings: [String] = []
    let other = try AdaptationScores(
      [folder], steps: nil, seed: 4, catalog: .standard, warn: { warnings.append($0) }, progress: { _ in })
    #expect(other.evaluationSeed == 4)
    #expect(
      warnings == [
        "\(folder.evaluationPath) is of the tasks of seed 9, and not of 4, and stays as it is; this evaluation is "
          + "not kept"
      ])
    #expect(try workshop.temporary.text("a/evaluation.json") == before)
  }

  @Test func runsOfOtherTasksAreRefused() throws {
    let folders = [try train("a", []), try train("b", [], task: "ridge")]
    let error = #expect(throws: UserError.self) { try scores(folders) }
    #expect(error?.message.hasSuffix("expected a run on sinusoid as \(folders[0].path), found one on ridge") == true)
  }
}
