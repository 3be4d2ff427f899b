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
      ReportPage(of: [ReportPage.Run(folder, catalog: .quick)], made: "made now", reloadSeconds: 7))
    #expect(html.hasPrefix("<!DOCTYPE html>") && !html.contains("/*CONTENT*/"))
    #expect(content["made"] as? String == "made now" && content["reloadSeconds"] as? Int == 7)
    let run = try #require((content["runs"] as? [[String: Any]])?.first)
    let curves = try RunCurves(folder, catalog: .quick)
    #expect(run["columns"] as? [String] == curves.metrics.columns && run["iteration"] as? Int == 5)
    #expect((run["rows"] as? [[Double?]])?.count == 5 && run["window"] as? Int == 1)
    #expect(run["hash"] as? String == (try IterationHashes(path: folder.hashesPath)).rows.last?.parameters.description)
    let settings = try #require(run["settings"] as? [[String: Any]])
    let departing = settings.filter { $0["departs"] as? Bool == true }.compactMap { $0["key"] as? String }
    #expect(departing.contains("iterations") && !departing.contains("seed"))
    #expect(run["evaluation"] == nil && (run["films"] as? [Any])?.isEmpty == true)
  }

  /// Neither names nor files of a run become markup, and what is no JSON is left out.
  @Test func textsOfUsersStayTexts() throws {
    let name = "a<|script><script>alert(1)<|script>\u{2028}"
    let folder = try folder(name)
    try #"{"steps": [], "measure": "</script><script>alert(2)</script>"}"#.write(
      toFile: folder.evaluationPath, atomically: true, encoding: .utf8)
    let page = ReportPage(of: [try ReportPage.Run(folder, catalog: .quick)], comparison: "no JSON", made: "<b>")
    let (html, content) = try content(page)
    #expect(!html.contains("alert(1)<") && !html.contains("<script>alert") && !html.contains("\u{2028}"))
    #expect(html.components(separatedBy: "</script>").count == 3)
    let run = try #require((content["runs"] as? [[String: Any]])?.first)
    #expect((run["name"] as? String)?.hasSuffix(name) == true)
    #expect((run["evaluation"] as? [String: Any])?["measure"] as? String == "</script><script>alert(2)</script>")
    #expect(content["comparison"] == nil)
    try "[".write(toFile: folder.evaluationPath, atomically: true, encoding: .utf8)
    let broken = try self.content(ReportPage(of: [ReportPage.Run(folder, catalog: .quick)], made: ""))
    #expect((broken.content["runs"] as? [[String: Any]])?.first?["evaluation"] == nil)
  }

  @Test func longRunsAreMeansAndRunsOfOneSeedHaveNames() throws {
    let (first, second) = (try folder("first", iterations: 1_300), try folder("second"))
    let runs = try [first, second].map { try ReportPage.Run($0, catalog: .quick) }
    let found = try #require(try content(ReportPage(of: runs, made: "")).content["runs"] as? [[String: Any]])
    #expect(found[0]["window"] as? Int == 3 && (found[0]["rows"] as? [Any])?.count == 434)
    #expect(found.map { $0["label"] as? String } == [first.path, second.path])
  }

  @Test func filmsAreNumbersToAMillimetre() throws {
    let limb = Scene.Limb(from: Place(x: 0.12345, y: 1), to: Place(x: 2, y: .nan), radius: 0.05, body: 3)
    let scene = Scene(limbs: [limb], focus: Place(x: 0.1, y: 0), goal: Place(x: 1, y: 2), ground: nil)
    let film = AdaptationFilm(
      task: "t", title: "", secondsPerFrame: 0.05, isFollowed: true,
      episodes: [EpisodeFilm(step: 0, frames: [EpisodeFilm.Frame(scene: scene, returnSoFar: 1.23456)])])
    let page = ReportPage(of: [try ReportPage.Run(folder("run"), films: [film], catalog: .quick)], made: "")
    let run = try #require((try content(page).content["runs"] as? [[String: Any]])?.first)
    let found = try #require((run["films"] as? [[String: Any]])?.first)
    #expect(found["goal"] as? [Double] == [1, 2] && found["ground"] == nil)
    let episode = try #require((found["episodes"] as? [[String: Any]])?.first)
    #expect(episode["returns"] as? [Double] == [1.235])
    #expect(episode["frames"] as? [[[Double]]] == [[[0.123, 1, 2, 0, 0.05, 3]]])
  }
}
