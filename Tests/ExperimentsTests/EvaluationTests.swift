@testable import Experiments
import Foundation
import Testing

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
    #expect(step.groups == ["forward": 10.5, "backward": 11.5])
    // Variance (1 + 0 + 0 + 1) / 3, four values, t(3) = 3.182446: a closed form, compared to rounding.
    let halfWidth = 3.182446 * (2.0 / 3 / 4).squareRoot()
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
    #expect(Set(steps[0].keys) == ["k", "mean", "low", "high", "forward", "backward"])
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
    #expect(steps == [.init(k: 0, mean: 3, low: nil, high: nil, groups: [:])])
    #expect(try JSONText.encode(steps).contains("\"low\" : null"))
  }

  /// Quantiles from published tables, given there to three decimals.
  @Test(arguments: [(1, 12.706), (20, 2.086), (21, 2.080), (30, 2.042), (39, 2.023), (120, 1.980), (100_000, 1.960)])
  func quantilesAreThoseOfTheTables(degrees: Int, expected: Double) {
    #expect(abs(SampleSummary.quantile(degreesOfFreedom: degrees) - expected) <= 0.0005)
  }
}
