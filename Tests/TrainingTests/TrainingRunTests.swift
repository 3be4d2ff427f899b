import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct TrainingRunTests {
  private let workshop: RunWorkshop
  private var temporary: TemporaryFolder { workshop.temporary }

  init() throws { workshop = try RunWorkshop() }

  private func folder(_ name: String) -> RunFolder { workshop.folder(name) }

  private func start(_ name: String, iterations: Int = 6, _ more: [String] = []) throws -> TrainingRun {
    try workshop.start(name, iterations: iterations, more)
  }

  private func resume(
    _ name: String, _ arguments: [String] = [], warn: (String) -> Void = { _ in }
  ) throws -> TrainingRun {
    try workshop.resume(name, arguments, warn: warn)
  }

  private func rows(_ name: String) throws -> [[Double]] { try workshop.rows(name) }

  @Test func leavesAFolderThatHoldsTheRun() throws {
    #expect(try start("run").train() == .completed)
    let names = try temporary.names("run")
    #expect(
      names.filter { !$0.hasPrefix("events.out.tfevents.") } == [
        "checkpoints", "config.yaml", "hashes.csv", "metrics.csv",
      ])
    #expect(names.count == 5)
    #expect(
      try temporary.names("run/checkpoints")
        == ["iteration-000002.safetensors", "iteration-000004.safetensors", "iteration-000006.safetensors"])
    let header = try #require(try temporary.text("run/metrics.csv").split(separator: "\n").first)
    #expect(
      header.hasPrefix(
        "iteration,environment_steps,return_before,return_after,return_after_forward,return_after_backward,loss,"))
    // 101 + 102 + ... + 106: the column is the sum since the start.
    #expect(try MetricsTable(path: folder("run").metricsPath).column("environment_steps")?.last == 621)
  }

  @Test(arguments: [1, 3, 4]) func killedAndResumedRunHasTheBitsOfAnUninterruptedOne(iterations: Int) throws {
    _ = try start("whole").train()
    try workshop.kill("killed", after: iterations)
    #expect(try resume("killed").train() == .completed)
    #expect(try rows("killed") == rows("whole"))
    #expect(try temporary.bytes("killed/hashes.csv") == temporary.bytes("whole/hashes.csv"))
    let last = "checkpoints/iteration-000006.safetensors"
    #expect(try temporary.bytes("killed/\(last)") == temporary.bytes("whole/\(last)"))
  }

  @Test func interruptedRunWritesACheckpointAndGoesOn() throws {
    _ = try start("whole").train()
    var asked = 0
    let outcome = try start("stopped").train(shouldStop: {
      asked += 1
      return asked == 3
    })
    #expect(outcome == .interrupted)
    #expect(try temporary.names("stopped/checkpoints").last == "iteration-000003.safetensors")
    let resumed = try resume("stopped")
    #expect(resumed.completedIterations == 3)
    _ = try resumed.train()
    #expect(try rows("stopped") == rows("whole"))
  }

  @Test func resumedRunMakesTheFolderOfCheckpointsThatItLacks() throws {
    try workshop.kill("killed", after: 1)
    try FileManager.default.removeItem(atPath: "\(temporary.path)/killed/checkpoints")
    #expect(try resume("killed").train() == .completed)
  }

  @Test func largerNumberOfIterationsExtendsARun() throws {
    _ = try start("whole", iterations: 9).train()
    _ = try start("extended", iterations: 6).train()
    _ = try resume("extended", ["iterations=9"]).train()
    #expect(try rows("extended") == rows("whole"))
    let last = "checkpoints/iteration-000009.safetensors"
    #expect(try temporary.bytes("extended/\(last)") == temporary.bytes("whole/\(last)"))
    #expect(try folder("extended").configuration(catalog: .quick)["iterations"] == 9)
  }

  @Test func halfARowIsRepaired() throws {
    _ = try start("whole").train()
    try workshop.kill("torn", after: 5)
    let path = folder("torn").metricsPath
    let text = try temporary.text("torn/metrics.csv")
    // The fifth row is torn in its middle, and a sixth line never began.
    try StoredFile.write(String(text.dropLast(20)), to: path)
    #expect(try MetricsTable(path: path).rows.count == 4)
    _ = try resume("torn").train()
    #expect(try rows("torn") == rows("whole"))
  }

  @Test func damagedNewestCheckpointGivesWayToAnOlderOne() throws {
    _ = try start("whole").train()
    _ = try start("damaged").train()
    let newest = "\(temporary.path)/damaged/checkpoints/iteration-000006.safetensors"
    try StoredFile.write(Array(try StoredFile.read(newest, limit: 1 << 20).dropLast(5)), to: newest)
    var warnings: [String] = []
    let resumed = try resume("damaged", warn: { warnings.append($0) })
    #expect(resumed.completedIterations == 4)
    #expect(warnings.count == 1)
    #expect(warnings[0].contains(newest) && warnings[0].contains("cut short"))
    _ = try resumed.train()
    #expect(try rows("damaged") == rows("whole"))
    #expect(
      try temporary.bytes("damaged/checkpoints/iteration-000006.safetensors")
        == temporary.bytes("whole/checkpoints/iteration-000006.safetensors"))
  }

  @Test func runWithoutAWholeCheckpointIsRefusedAndKept() throws {
    _ = try start("damaged", iterations: 2).train()
    let only = "\(temporary.path)/damaged/checkpoints/iteration-000002.safetensors"
    try StoredFile.write("", to: only)
    let metrics = try temporary.bytes("damaged/metrics.csv")
    let error = userError { _ = try resume("damaged") }
    #expect(error?.status == .malformedData)
    #expect(error?.message.contains("no checkpoint is whole") == true)
    #expect(try temporary.bytes("damaged/metrics.csv") == metrics)
  }

  @Test func checkpointOfAnotherArchitectureIsRefused() throws {
    _ = try start("wide", ["hidden_sizes=[7]"]).train()
    _ = try start("run").train()
    let source = "\(temporary.path)/wide/checkpoints/iteration-000006.safetensors"
    let target = "\(temporary.path)/run/checkpoints/iteration-000006.safetensors"
    try StoredFile.write(StoredFile.read(source, limit: 1 << 20), to: target)
    let error = userError { _ = try resume("run") }
    #expect(
      error
        == UserError(
          "\(target): of another architecture: expected weights with shape [5, 1], found shape [7, 1]",
          status: .malformedData))
  }

  @Test func folderThatExistsIsRefused() throws {
    _ = try start("run", iterations: 1).train()
    let error = userError { _ = try start("run") }
    #expect(error?.status == .cannotCreate)
    #expect(error?.message.contains("resume that run") == true)
  }

  @Test func folderThatCannotBeMadeIsOneLine() throws {
    try StoredFile.write("a file", to: "\(temporary.path)/file")
    let error = userError { _ = try start("file/run") }
    #expect(
      error
        == UserError(
          "cannot create \(temporary.path)/file: expected a folder, found a file", status: .cannotCreate))
  }

  @Test func trainerThatRefusesLeavesNoFolder() throws {
    let refusing = Catalog.walking(RandomWalkLearning { _ in throw UserError("no", status: .malformedData) })
    #expect(throws: UserError.self) {
      _ = try TrainingRun(configuration: .quick(), folder: folder("refused"), catalog: refusing)
    }
    #expect(!StoredFile.exists(folder("refused").path))
  }

  @Test func twoProcessesCannotTrainOneRun() throws {
    let first = try start("run")
    let error = userError { _ = try resume("run") }
    #expect(error?.status == .busy)
    #expect(try first.train() == .completed)
  }

  @Test func foldersNobodyNamedAreNumbered() throws {
    let configuration = try RunConfiguration.quick(["seed=3"])
    let first = RunFolder.next(for: configuration, in: temporary.path)
    #expect(first.path == "\(temporary.path)/random-walk-maml-seed3")
    _ = try TrainingRun(configuration: configuration, folder: first, catalog: .quick)
    #expect(RunFolder.next(for: configuration, in: temporary.path).path == first.path + "-2")
  }

  @Test func emptyOrMissingFoldersAreNoRuns() {
    #expect(userError { _ = try resume("nowhere") }?.status == .missingInput)
    #expect(
      userError {
        _ = try TrainingRun(resuming: RunFolder(path: temporary.path), settings: [], catalog: .quick) { _ in }
      }?.status == .missingInput)
  }
}
