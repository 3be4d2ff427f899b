@testable import Evaluation
import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct EvaluationTests {
  /// Scores by hand: k = 1, two tasks a direction: forward 10, 11; backward 11, 12.
  @Test func reportHasTheStatisticsOfTheOutcomes() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try TrainingRun(configuration: .quick(["seed=7"]), folder: folder, catalog: .quick).train()
    let report = try folder.evaluate(tasks: 2, steps: 2, seed: nil, catalog: .quick, warn: { _ in })
    #expect(report.steps.map(\.k) == [0, 1, 2])
    let step = report.steps[1]
    #expect(step.mean == 11)
    #expect(step.groups.mapValues(\.mean) == ["forward": 10.5, "backward": 11.5])
    // Two values 1 apart: t(1) = 12.706205 times sqrt(1/2 / 2).
    let backward = try #require(step.groups["backward"])
    #expect(abs((backward.high ?? 0) - 11.5 - 12.706205 / 2) < 1e-12)
    #expect(step.values.map(\.value) == [10, 11, 11, 12] && step.values.map(\.task) == [0, 1, 2, 3])
    #expect(step.values.allSatisfy { $0.seed == 7 && $0.episodes == nil })
    // Each direction has two values that are 1 apart, variance 1/2: that of the mean is 2 x (1/2)^2 x 1/2 / 2 = 1/8, with
    // Welch's degrees of freedom 2, t(2) = 4.302653: a closed form, compared to rounding.
    let halfWidth = 4.302653 * (1.0 / 8).squareRoot()
    #expect(abs((step.high ?? 0) - 11 - halfWidth) < 1e-12)
    #expect(abs((step.low ?? 0) - 11 + halfWidth) < 1e-12)

    let data = try Data(contentsOf: URL(filePath: folder.evaluationPath))
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["task"] as? String == "random-walk")
    #expect(object["algorithm"] as? String == "maml")
    #expect(object["seeds"] as? [Int] == [7])
    #expect(object["tasks"] as? Int == 2)
    #expect(object["interval_over"] as? String == "tasks")
    let steps = try #require(object["steps"] as? [[String: Any]])
    #expect(Set(steps[0].keys) == ["k", "mean", "low", "high", "groups", "values", "forward", "backward"])
    let groups = try #require(steps[1]["groups"] as? [String: [String: Any]])
    #expect(groups["forward"]?["mean"] as? Double == 10.5 && steps[1]["forward"] as? Double == 10.5)
    #expect(StoredEvaluation(path: folder.evaluationPath)?.steps == report.steps)
  }

  @Test func runWithoutACheckpointIsRefused() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try TrainingRun(configuration: .quick(), folder: folder, catalog: .quick)
    let error = userError { _ = try folder.evaluate(tasks: 1, steps: 1, seed: nil, catalog: .quick, warn: { _ in }) }
    #expect(error?.status == .missingInput)
    #expect(!StoredFile.exists(folder.evaluationPath))
  }

  @Test func divergedRunIsRefused() {
    let error = userError {
      _ = try EvaluationReport.steps(of: [[TaskOutcome(scores: [.nan])]], upTo: 0, bootstrapSeed: 1)
    }
    #expect(error?.status == .malformedData)
  }

  @Test func singleTaskHasNoInterval() throws {
    let steps = try EvaluationReport.steps(of: [[TaskOutcome(scores: [3])]], upTo: 0, bootstrapSeed: 1)
    #expect(steps[0].mean == 3 && steps[0].low == nil && steps[0].high == nil && steps[0].groups.isEmpty)
    #expect(try JSONText.encode(steps).contains("\"low\" : null"))
  }

  /// Three of four tasks solved: Student's interval would reach beyond 1.
  @Test func intervalsStayWithinWhatIsPossible() throws {
    let run = [1.0, 1, 1, 0.9].map { TaskOutcome(scores: [$0]) }
    func step(_ possible: ClosedRange<Double>) throws -> EvaluationReport.Step {
      try EvaluationReport.steps(of: [run], upTo: 0, bootstrapSeed: 1, possible: possible)[0]
    }
    #expect(try #require(step(-.infinity ... .infinity).high) > 1)
    #expect(try step(0...1).high == 1)
  }

  /// One task a direction says nothing of what lies between tasks, whatever number of runs meets it.
  @Test func severalRunsOnASingleTaskOfAGroupHaveNoInterval() throws {
    func steps(_ tasks: [String: Int]) throws -> [EvaluationReport.Step] {
      let runs = (0..<3).map { run in
        tasks.sorted { $0.key < $1.key }.flatMap { group, count in
          (0..<count).map { TaskOutcome(group: group, scores: [Double(run + 2 * $0)]) }
        }
      }
      return try EvaluationReport.steps(of: runs, upTo: 0, bootstrapSeed: 1)
    }
    for tasks in [["forward": 1, "backward": 1], ["forward": 4, "backward": 1], ["all": 1]] {
      let step = try steps(tasks)[0]
      #expect(step.low == nil && step.high == nil, "\(tasks): \(step)")
    }
    #expect(try steps(["forward": 2, "backward": 2])[0].low != nil)
  }

  /// Directions at 170 and 350, each with a standard deviation of 16 over 20 tasks: what lies between them is fixed and no
  /// uncertainty. The mean's standard error is 16 / sqrt(40) = 2.53, with 38 degrees of freedom t = 2.024.
  @Test func fixedGapBetweenDirectionsIsNoUncertainty() throws {
    func outcomes(_ group: String, mean: Double) -> [TaskOutcome] {
      (0..<20).map { TaskOutcome(group: group, scores: [mean + ($0.isMultiple(of: 2) ? 16 : -16)]) }
    }
    let run = outcomes("forward", mean: 170) + outcomes("backward", mean: 350)
    let step = try EvaluationReport.steps(of: [run], upTo: 0, bootstrapSeed: 1)[0]
    let (low, high) = try (#require(step.low), #require(step.high))
    // The variance of 10 values of 16 and 10 of -16 is 16^2 x 20 / 19.
    let expected = 2.024 * 16 * (20.0 / 19 / 40).squareRoot()
    #expect(step.mean == 260)
    // The quantile is given to three decimals.
    #expect(abs((high - low) / 2 - expected) < 0.005)
  }

  /// Groups whose spreads differ: 4 values of variance 0 and 4 of variance 20/3 have the degrees of freedom of the second
  /// group alone, 3.
  @Test func spreadOfEachGroupCountsByItself() {
    let summary = SampleSummary(strata: [[5, 5, 5, 5], [-3, -1, 1, 3]])
    #expect(summary.mean == 2.5)
    let expected = 3.182446 * (20.0 / 3 / 4).squareRoot() / 2
    // A closed form, compared to rounding.
    #expect(abs((summary.halfWidth ?? 0) - expected) < 1e-12)
    #expect(SampleSummary(strata: [[1, 2], [3]]).halfWidth == nil)
    #expect(SampleSummary(strata: [[1, 1], [3, 3]]).halfWidth == 0)
  }

  /// Quantiles from published tables, given there to three decimals.
  @Test(arguments: [(1, 12.706), (20, 2.086), (21, 2.080), (30, 2.042), (39, 2.023), (120, 1.980), (100_000, 1.960)])
  func quantilesAreThoseOfTheTables(degrees: Int, expected: Double) {
    #expect(abs(SampleSummary.quantile(degreesOfFreedom: degrees) - expected) <= 0.0005)
  }
}
