@testable import Evaluation
import Foundation
import Parts
@testable import Reporting
import RunFixtures
@testable import Runs
import Scenes
import Testing
@testable import Training

@Suite struct ReportPageTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func folder(_ name: String, iterations: Int = 3, _ more: String...) throws -> RunFolder {
    let folder = RunFolder(path: "\(temporary.path)/\(name)")
    _ = try TrainingRun(configuration: .quick(iterations: iterations, more), folder: folder, catalog: .quick).train()
    return folder
  }

  /// What the page's scripts read.
  private func content(_ page: ReportPage) throws -> (html: String, content: [String: Any]) {
    let html = String(decoding: try page.html(), as: UTF8.self)
    let start = try #require(html.range(of: "<script type=\"application/json\" id=\"content\">"))
    let end = try #require(html.range(of: "</script>", range: start.upperBound..<html.endIndex))
    let json = Data(html[start.upperBound..<end.lowerBound].utf8)
    return (html, try #require(JSONSerialization.jsonObject(with: json) as? [String: Any]))
  }

  @Test func aPageHasTheRunsNumbersAndWhatDeparts() throws {
    let folder = try folder("run", iterations: 5)
    let (html, content) = try content(
      ReportPage(of: [ReportPage.Run(folder, catalog: .quick)], catalog: .quick, made: "made now", reloadSeconds: 7))
    #expect(html.hasPrefix("<!DOCTYPE html>") && !html.contains("/*CONTENT*/"))
    #expect(content["made"] as? String == "made now" && content["reloadSeconds"] as? Int == 7)
    let run = try #require((content["runs"] as? [[String: Any]])?.first)
    let curves = try RunCurves(folder, catalog: .quick)
    #expect(run["iteration"] as? Int == 5)
    let group = try #require((content["groups"] as? [[String: Any]])?.first)
    #expect(group["columns"] as? [String] == curves.metrics.columns && group["label"] as? String == "maml, seed 1")
    #expect((group["rows"] as? [[Double?]])?.count == 5 && group["window"] as? Int == 1 && group["lows"] == nil)
    #expect(run["hash"] as? String == (try IterationHashes(path: folder.hashesPath)).rows.last?.parameters.description)
    let settings = try #require(run["settings"] as? [[String: Any]])
    let departing = settings.filter { $0["departs"] as? Bool == true }.compactMap { $0["key"] as? String }
    #expect(departing.contains("iterations") && !departing.contains("seed"))
    #expect((group["evaluations"] as? [Any])?.isEmpty == true && (run["films"] as? [Any])?.isEmpty == true)
  }

  @Test func damagedMetricsAreToldAndARunWithoutAnyIsShown() throws {
    let folder = try folder("run")
    try StoredFile.write("iteration,loss\n1,x\n", to: folder.metricsPath)
    let error = #expect(throws: UserError.self) { try ReportPage.Run(folder, catalog: .quick) }
    #expect(error?.message.hasPrefix("\(folder.metricsPath):2") == true)
    try StoredFile.write("iteration,loss\n", to: folder.metricsPath)
    _ = try ReportPage.Run(folder, catalog: .quick)
  }

  /// Neither names nor files of a run become markup, and what is no JSON is left out.
  @Test func textsOfUsersStayTexts() throws {
    let name = "a<|script><script>alert(1)<|script>\u{2028}"
    let folder = try folder(name)
    _ = try folder.evaluate(tasks: 2, steps: 1, seed: 1, catalog: .quick, warn: { _ in })
    let text = String(decoding: try StoredFile.read(folder.evaluationPath, limit: 100_000), as: UTF8.self)
    let reference =
      #""references": [{"name": "</script><script>alert(2)</script>", "definition": "", "steps": []}], "seeds" :"#
    try StoredFile.write(text.replacing("\"seeds\" :", with: reference), to: folder.evaluationPath)
    let page = try ReportPage(
      of: [ReportPage.Run(folder, catalog: .quick)], catalog: .quick, comparison: "no JSON", made: "<b>")
    let (html, content) = try content(page)
    #expect(!html.contains("alert(1)<") && !html.contains("<script>alert") && !html.contains("\u{2028}"))
    #expect(html.components(separatedBy: "</script>").count == 3)
    let run = try #require((content["runs"] as? [[String: Any]])?.first)
    #expect((run["name"] as? String)?.hasSuffix(name) == true)
    let references = try #require(try evaluations(content).first?["references"] as? [[String: Any]])
    #expect(references.first?["name"] as? String == "</script><script>alert(2)</script>")
    #expect(content["comparison"] == nil)
    try "[".write(toFile: folder.evaluationPath, atomically: true, encoding: .utf8)
    var warnings: [String] = []
    let broken = try ReportPage(
      of: [ReportPage.Run(folder, catalog: .quick)], catalog: .quick, made: "", warn: { warnings.append($0) })
    #expect(try evaluations(self.content(broken).content).isEmpty)
    #expect(warnings.count == 1 && warnings[0].contains("expected an evaluation, found other contents"))
  }

  /// The evaluations of the first group.
  private func evaluations(_ content: [String: Any]) throws -> [[String: Any]] {
    let group = try #require((content["groups"] as? [[String: Any]])?.first)
    let found = try #require(group["evaluations"] as? [[String: Any]])
    return found.compactMap { $0["report"] as? [String: Any] }
  }

  /// Seeds of one configuration are one line with the interval of their mean, and one table over seeds and tasks.
  @Test func seedsAreJoinedByWhatDiffersApartFromThem() throws {
    let folders = [
      try folder("a", "seed=1"), try folder("b", "seed=2"), try folder("c", "seed=3"),
      try folder("d", "seed=1", "inner_rate=0.5"),
    ]
    for folder in folders {
      _ = try folder.evaluate(tasks: 3, steps: 1, seed: 9, catalog: .quick, warn: { _ in })
    }
    let runs = try folders.map { try ReportPage.Run($0, catalog: .quick) }
    let content = try content(ReportPage(of: runs, catalog: .quick, made: "")).content
    let groups = try #require(content["groups"] as? [[String: Any]])
    #expect(groups.map { $0["label"] as? String } == ["maml inner_rate=0.01, 3 seeds", "maml inner_rate=0.5, seed 1"])
    #expect(content["axis"] as? String == "environment_steps")
    let curves = try folders.prefix(3).map { try RunCurves($0, catalog: .quick) }
    let index = try #require(curves[0].metrics.columns.firstIndex(of: "return_after"))
    let scores = curves.map { $0.metrics.rows[2][index] }
    let interval = try #require(SampleSummary(scores).interval)
    func number(_ name: String) throws -> Double {
      let rows = try #require(groups[0][name] as? [[Any]])
      return try #require(rows[2][index] as? Double)
    }
    // Rounding of a sum of three.
    #expect(try abs(number("rows") - scores.reduce(0, +) / 3) < 1e-12)
    #expect(try number("lows") == interval.lowerBound && number("highs") == interval.upperBound)
    #expect(groups[1]["lows"] == nil)
    let joined = try evaluations(content)
    #expect(joined.count == 1 && joined[0]["interval_over"] as? String == "seeds and tasks")
    let expected = try RunEvaluation(
      Array(folders.prefix(3)), options: EvaluationOptions(tasks: 3, steps: 1, seed: 9), catalog: .quick,
      warn: { _ in }
    ).findings().report
    let steps = try #require(joined[0]["steps"] as? [[String: Any]])
    #expect(steps.map { $0["low"] as? Double } == expected.steps.map(\.low))
    #expect(steps.map { $0["mean"] as? Double } == expected.steps.map(\.mean))
  }

  /// Evaluations of other tasks, or of another iteration, cannot be taken together.
  @Test func evaluationsThatDifferAreShownEachByItself() throws {
    let folders = [try folder("a", "seed=1"), try folder("b", "seed=2")]
    for (folder, seed) in zip(folders, [5, 6]) {
      _ = try folder.evaluate(tasks: 2, steps: 1, seed: seed, catalog: .quick, warn: { _ in })
    }
    let runs = try folders.map { try ReportPage.Run($0, catalog: .quick) }
    let content = try content(ReportPage(of: runs, catalog: .quick, made: "")).content
    #expect(try evaluations(content).map { $0["evaluation_seed"] as? Int } == [5, 6])
    let found = try #require((content["groups"] as? [[String: Any]])?.first?["evaluations"] as? [[String: Any]])
    #expect(found.map { $0["label"] as? String } == folders.map(\.path))
  }

  @Test func evaluationsOfAnOlderCheckpointAreTold() throws {
    let folder = try folder("run")
    _ = try folder.evaluate(tasks: 2, steps: 1, seed: 1, catalog: .quick, warn: { _ in })
    _ = try TrainingRun(
      resuming: folder, settings: [ConfigurationSetting(argument: "iterations=5")], catalog: .quick, warn: { _ in }
    ).train()
    var warnings: [String] = []
    let page = try ReportPage(
      of: [ReportPage.Run(folder, catalog: .quick)], catalog: .quick, made: "", warn: { warnings.append($0) })
    #expect(try evaluations(content(page).content).count == 1)
    #expect(
      warnings == [
        "\(folder.evaluationPath) is of iteration 3, and the run has 5; evaluate it anew"
      ])
  }

  @Test func longRunsAreMeansAndRunsOfOneSeedHaveNames() throws {
    let (first, second) = (try folder("first", iterations: 1_300), try folder("second"))
    let runs = try [first, second].map { try ReportPage.Run($0, catalog: .quick) }
    let content = try content(ReportPage(of: runs, catalog: .quick, made: "")).content
    let found = try #require(content["runs"] as? [[String: Any]])
    #expect(found.map { $0["label"] as? String } == [first.path, second.path])
    let groups = try #require(content["groups"] as? [[String: Any]])
    #expect(groups[0]["window"] as? Int == 3 && (groups[0]["rows"] as? [Any])?.count == 434)
    #expect(groups.map { $0["label"] as? String } == ["maml, in \(first.path)", "maml, in \(second.path)"])
  }

  @Test func filmsAreNumbersToAMillimetre() throws {
    let limb = Scene.Limb(from: Place(x: 0.12345, y: 1), to: Place(x: 2, y: .nan), radius: 0.05, body: 3)
    let scene = Scene(limbs: [limb], focus: Place(x: 0.1, y: 0), goal: Place(x: 1, y: 2), ground: nil)
    let film = AdaptationFilm(
      task: "t", title: "", secondsPerFrame: 0.05, isFollowed: true,
      episodes: [EpisodeFilm(step: 0, frames: [EpisodeFilm.Frame(scene: scene, returnSoFar: 1.23456)])])
    let page = try ReportPage(
      of: [ReportPage.Run(folder("run"), films: [film], catalog: .quick)], catalog: .quick, made: "")
    let run = try #require((try content(page).content["runs"] as? [[String: Any]])?.first)
    let found = try #require((run["films"] as? [[String: Any]])?.first)
    #expect(found["goal"] as? [Double] == [1, 2] && found["ground"] == nil)
    let episode = try #require((found["episodes"] as? [[String: Any]])?.first)
    #expect(episode["returns"] as? [Double] == [1.235])
    #expect(episode["frames"] as? [[[Double]]] == [[[0.123, 1, 2, 0, 0.05, 3]]])
  }
}
