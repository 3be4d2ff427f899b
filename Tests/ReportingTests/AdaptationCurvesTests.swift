@testable import Evaluation
import Foundation
import Parts
@testable import Reporting
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct AdaptationCurvesTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func run(_ name: String, _ more: String...) throws -> ReportedRun {
    let folder = RunFolder(path: "\(temporary.path)/\(name)")
    _ = try TrainingRun(configuration: .quick(iterations: 1, more), folder: folder, catalog: .quick).train()
    return try ReportedRun(folder, catalog: .quick)
  }

  /// Scores of two tasks after 0 and 1 steps: `start` and `start` + 4, then 10 more.
  private func scores(_ starts: [Double], iterations: [Int]? = nil) -> AdaptationScores {
    AdaptationScores(
      measure: "return", evaluationSeed: 7,
      runs: starts.enumerated().map { index, start in
        AdaptationScores.Run(
          iteration: iterations?[index] ?? 1,
          steps: [0.0, 10].enumerated().map { k, more in
            EvaluationReport.Step(
              k: k, mean: start + 2 + more, low: start + 1, high: nil,
              values: [0.0, 4].enumerated().map { task, own in
                EvaluationReport.Step.Value(task: task, group: nil, seed: index, value: start + own + more)
              })
          })
      }, drawsTasks: true)
  }

  @Test func seedsAreOneLineAndOthersAreLabelledByWhatDiffers() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2"), try run("c", "inner_rate=0.5")]
    let chart = try AdaptationCurves(runs, scores([0, 2, 50])).chart(band: .range)
    #expect(chart.lines.map(\.title) == ["inner_rate=0.01 (2 seeds)", "inner_rate=0.5 (1 seed)"])
    #expect(chart.title == "random-walk, maml: mean and range over seeds; of 1 seed, over tasks")
    #expect(chart.xLabel == "inner steps on a held-out task" && chart.yLabel == "mean return of an episode")
    // Of several runs it is the range of their means, of one that of its tasks.
    #expect(chart.lines[0].points.map(\.mean) == [3, 13] && chart.lines[0].points.map(\.low) == [2, 12])
    #expect(chart.lines[0].points.map(\.high) == [4, 14])
    #expect(chart.lines[1].points.map(\.low) == [50, 60] && chart.lines[1].points.map(\.high) == [54, 64])
    let script = Gnuplot.script(of: chart, as: .svg)
    #expect(script.contains("with linespoints") && script.contains("set xtics 1\n"))
  }

  @Test func bandsOfOneRunAreOverItsTasks() throws {
    let run = try run("a")
    let curves = AdaptationCurves([run], scores([0]))
    // Of 0 and 4 the standard error is 2, and Student's quantile with 1 degree of freedom is 12.7.
    for (band, width, title) in [
      (ChartBand.standardError, 2.0, "mean and standard error over tasks, of one seed"),
      (.interval, 2 * 12.706205, "mean and 95% interval over tasks, of one seed"),
      (.range, 2, "mean and range over tasks, of one seed"), (.none, 0, "mean over tasks, of one seed"),
    ] {
      let chart = try curves.chart(band: band)
      #expect(chart.title == "random-walk, maml: \(title)")
      let point = chart.lines[0].points[0]
      #expect(abs(point.mean - 2) < 1e-12 && abs(point.low - 2 + width) < 1e-9 && abs(point.high - 2 - width) < 1e-9)
    }
  }

  @Test func intervalsOfSeedsAreOverSeedsAndTasks() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2"), try run("c", "seed=3")]
    let chart = try AdaptationCurves(runs, scores([0, 0, 0])).chart(band: .interval)
    #expect(chart.title == "random-walk, maml: mean and 95% interval over 3 seeds and tasks")
    // Seeds that agree leave the tasks' part.
    let point = chart.lines[0].points[0]
    #expect(point.low == 0 && point.high == 4 && point.mean == 2)
  }

  /// Seeds after different amounts of training are not averaged.
  @Test func runsOfOtherIterationsAreLinesOfTheirOwn() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2")]
    let chart = try AdaptationCurves(runs, scores([0, 1], iterations: [5, 6])).chart(band: .interval)
    #expect(chart.lines.map(\.title) == ["seed 1", "seed 2"])
  }

  @Test func tablesHaveALineForEachRunAndStep() throws {
    let runs = [try run("a", "seed=1"), try run("c", "inner_rate=0.5")]
    let curves = AdaptationCurves(runs, scores([0, 50]))
    let lines = try curves.csv().split(separator: "\n")
    #expect(
      lines[0] == "run,task,algorithm,seed,config.inner_rate,iteration,evaluation_seed,tasks,measure,k,mean,low,high")
    #expect(lines[2] == "\(temporary.path)/a,random-walk,maml,1,0.01,1,7,2,return,1,12,1,")
    #expect(lines.count == 5)
    let objects = try JSONSerialization.jsonObject(with: Data(curves.json().utf8)) as? [[String: Any]]
    let second = try #require(objects?.last)
    #expect(second["measure"] as? String == "return" && second["evaluation_seed"] as? Int == 7)
    #expect((second["configuration"] as? [String: String])?["inner_rate"] == "0.5")
    let steps = try #require(second["steps"] as? [[String: Any]])
    #expect(steps[1]["k"] as? Int == 1 && steps[1]["mean"] as? Double == 62 && steps[1]["high"] is NSNull)
  }
}
