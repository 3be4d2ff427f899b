import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Runs of earlier versions, which lack keys and columns.
@Suite struct EarlierRunTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  private static let laterKeys = ["inner_rate_learning", "exploration_deviation", "later_steps", "later_rate"]

  @Test func runOfAnEarlierVersionGoesOnAsItWas() throws {
    let settings = [
      "task=cheetah-dir", "physics=lanes", "iterations=2", "meta_batch_size=2", "episodes=2", "horizon=5",
      "hidden_sizes=[4]", "outer_step=adam", "inner_rate_learning=false", "exploration_deviation=0",
      "later_steps=same", "later_rate=1",
    ]
    let configuration = try RunConfiguration(
      settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    let folder = workshop.folder("run")
    _ = try TrainingRun(configuration: configuration, folder: folder, catalog: .standard).train()
    let file = "run/config.yaml"
    // The key `outer_step` had another name.
    let lines = try workshop.temporary.text(file).replacingOccurrences(of: "outer_step:", with: "outer_optimizer:")
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.contains { $0.hasPrefix("outer_optimizer: adam") })
    let earlier = lines.filter { line in !Self.laterKeys.contains { line.hasPrefix("\($0):") } }
    #expect(earlier.count == lines.count - 4)
    try earlier.joined(separator: "\n").write(
      toFile: folder.configurationPath, atomically: true, encoding: .utf8)
    // Today's defaults of the task are others.
    let read = try folder.configuration(catalog: .standard)
    #expect(read == configuration)

    let columns =
      "iteration,environment_steps,return_before,return_after,return_after_forward,return_after_backward,loss"
    let table = try MetricsTable(path: folder.metricsPath)
    let kept = columns.split(separator: ",").map { table.column(String($0)) ?? [] }
    let rows = table.rows.indices.map { row in MetricsTable.line(kept.map { $0[row] }) }
    try ([columns] + rows).map { $0 + "\n" }.joined().write(
      toFile: folder.metricsPath, atomically: true, encoding: .utf8)
    let more = try [ConfigurationSetting(argument: "iterations=3")]
    let resumed = try TrainingRun(resuming: folder, settings: more, catalog: .standard) { _ in }
    #expect(resumed.completedIterations == 2)
    _ = try resumed.train()
    let after = try MetricsTable(path: folder.metricsPath)
    #expect(after.columns.joined(separator: ",") == columns && after.rows.count == 3)
  }
}
