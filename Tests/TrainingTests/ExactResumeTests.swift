import Foundation
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// What a resumed run makes of files that were damaged, lost or exchanged.
@Suite struct ExactResumeTests {
  private let workshop: RunWorkshop

  init() throws { workshop = try RunWorkshop() }

  /// Each byte of a checkpoint in turn, header and numbers: none can change without being seen.
  @Test func aChangedByteOfACheckpointIsFound() throws {
    _ = try workshop.start("run", iterations: 2).train()
    let path = workshop.checkpointPath("run", 2)
    let whole = try StoredFile.read(path, limit: 1 << 20)
    let expected = try CheckpointStore.decode(whole, path: path)
    for position in whole.indices {
      for bit in [0, 5] {
        var bytes = whole
        bytes[position] ^= 1 << bit
        // A header may say the same in other bytes: a blank more or less, a capital letter in an escape.
        guard let read = try? CheckpointStore.decode(bytes, path: path) else { continue }
        #expect(read.contents == expected.contents && read.identity == expected.identity, "byte \(position)")
      }
    }
  }

  @Test func oneFlippedBitOfTheNumbersGivesWayToAnOlderCheckpoint() throws {
    _ = try workshop.start("whole").train()
    _ = try workshop.start("damaged").train()
    let newest = workshop.checkpointPath("damaged", 6)
    try workshop.damage(newest) { $0[$0.count - 3] ^= 1 }
    var warnings: [String] = []
    let resumed = try workshop.resume("damaged", warn: { warnings.append($0) })
    #expect(resumed.completedIterations == 4)
    #expect(warnings.count == 1)
    #expect(warnings[0].contains(newest) && warnings[0].contains("checksum"))
    _ = try resumed.train()
    #expect(try workshop.rows("damaged") == workshop.rows("whole"))
    #expect(
      try workshop.temporary.bytes("damaged/hashes.csv") == workshop.temporary.bytes("whole/hashes.csv"))
  }

  /// What a loss of power leaves of rows that no checkpoint waited for.
  @Test(arguments: ["metrics.csv", "hashes.csv"]) func damageBehindTheCheckpointDoesNotMatter(file: String) throws {
    _ = try workshop.start("whole").train()
    try workshop.kill("cut", after: 5)
    try workshop.damage("\(workshop.temporary.path)/cut/\(file)") { bytes in
      let rows = bytes.split(separator: UInt8(ascii: "\n"))
      #expect(rows.count == 6)
      let last = rows[5].startIndex
      for index in last..<last + 4 { bytes[index] = 0 }
    }
    let resumed = try workshop.resume("cut")
    #expect(resumed.completedIterations == 4)
    _ = try resumed.train()
    #expect(try workshop.rows("cut") == workshop.rows("whole"))
    #expect(try workshop.temporary.bytes("cut/hashes.csv") == workshop.temporary.bytes("whole/hashes.csv"))
  }

  /// A process that ended between `mkdir` and `config.yaml`.
  @Test func folderOfARunThatNeverBeganIsTakenForANewOne() throws {
    let path = "\(workshop.temporary.path)/run"
    try FileManager.default.createDirectory(atPath: path + "/checkpoints", withIntermediateDirectories: true)
    try Data("task:".utf8).write(to: URL(filePath: path + "/config.yaml.7.partial"))
    _ = try workshop.start("run").train()
    #expect(try StoredFile.names(in: path).allSatisfy { !$0.hasSuffix(".partial") })
    let error = userError { _ = try workshop.start("run") }
    #expect(error?.status == .cannotCreate)
  }

  @Test func checkpointUnderTheNameOfAnotherIterationIsNotTaken() throws {
    _ = try workshop.start("run").train()
    let (older, newer) = (workshop.checkpointPath("run", 4), workshop.checkpointPath("run", 60))
    try StoredFile.write(StoredFile.read(older, limit: 1 << 20), to: newer)
    var warnings: [String] = []
    #expect(try workshop.resume("run", warn: { warnings.append($0) }).completedIterations == 6)
    #expect(warnings.count == 1 && warnings[0].contains("found that of iteration 4"))
  }

  @Test func controlCharactersOfAFileDoNotReachTheTerminal() {
    #expect(UserError("a\u{1B}]0;b\u{7}\u{9B}c\r\nd", status: .malformedData).message == "a?]0;b??c d")
  }

  @Test func checkpointOfAnotherSeedIsRefused() throws {
    _ = try workshop.start("other", ["seed=2"]).train()
    _ = try workshop.start("run").train()
    let target = workshop.checkpointPath("run", 6)
    try StoredFile.write(StoredFile.read(workshop.checkpointPath("other", 6), limit: 1 << 20), to: target)
    let error = userError { _ = try workshop.resume("run") }
    #expect(error == UserError("\(target): of another run: expected seed 1, found 2", status: .malformedData))
  }

  /// Workers, intervals and the number of iterations are no part of what a checkpoint belongs to.
  @Test func checkpointDoesNotDependOnHowTheRunIsRun() throws {
    _ = try workshop.start("one", iterations: 4, ["workers=1"]).train()
    _ = try workshop.start("two", iterations: 4, ["workers=2", "checkpoint_interval=1"]).train()
    let name = "checkpoints/iteration-000004.safetensors"
    #expect(try workshop.temporary.bytes("one/\(name)") == workshop.temporary.bytes("two/\(name)"))
    let metadata = try Safetensors.decode(workshop.temporary.bytes("one/\(name)"), path: name).metadata
    #expect(metadata["config.seed"] == "1" && metadata["config.task"] == "random-walk")
    #expect(["config.workers", "config.checkpoint_interval", "config.iterations"].allSatisfy { metadata[$0] == nil })
  }

  @Test func runWithoutACheckpointYetStartsAgainAndSaysSo() throws {
    _ = try workshop.start("whole").train()
    try workshop.kill("early", after: 1)
    var warnings: [String] = []
    let resumed = try workshop.resume("early", warn: { warnings.append($0) })
    #expect(resumed.completedIterations == 0)
    #expect(warnings.count == 1 && warnings[0].contains("its iteration is computed again"))
    _ = try resumed.train()
    #expect(try workshop.rows("early") == workshop.rows("whole"))
  }

  @Test func lostCheckpointsAreNotTakenForAFreshRun() throws {
    _ = try workshop.start("lost").train()
    let before = try workshop.temporary.bytes("lost/metrics.csv")
    try FileManager.default.removeItem(atPath: workshop.folder("lost").checkpoints.folder)
    let error = userError { _ = try workshop.resume("lost") }
    #expect(error?.status == .missingInput)
    #expect(error?.message.contains("6 rows") == true)
    #expect(try workshop.temporary.bytes("lost/metrics.csv") == before)
  }

  @Test(arguments: ["metrics.csv", "hashes.csv"]) func rowsThatAreMissingAreNamed(file: String) throws {
    _ = try workshop.start("cut").train()
    let path = "\(workshop.folder("cut").path)/\(file)"
    let lines = try workshop.temporary.text("cut/\(file)").split(separator: "\n")
    try StoredFile.write(lines.prefix(4).joined(separator: "\n") + "\n", to: path)
    let error = userError { _ = try workshop.resume("cut") }
    #expect(error?.message == "\(path): expected rows of the iterations 1 to 6, found 3 rows")
  }

  @Test func halfARowOfHashesIsRepaired() throws {
    _ = try workshop.start("whole").train()
    try workshop.kill("torn", after: 5)
    try workshop.damage(workshop.folder("torn").hashesPath) { $0.removeLast(7) }
    #expect(try IterationHashes(path: workshop.folder("torn").hashesPath).rows.count == 4)
    _ = try workshop.resume("torn").train()
    #expect(try workshop.temporary.bytes("torn/hashes.csv") == workshop.temporary.bytes("whole/hashes.csv"))
  }

  @Test func filesThatAKillLeftHalfWrittenAreRemoved() throws {
    try workshop.kill("run", after: 3)
    let left = ["metrics.csv.17.partial", "checkpoints/iteration-000004.safetensors.17.partial"]
    for name in left { try Data([1]).write(to: URL(filePath: "\(workshop.folder("run").path)/\(name)")) }
    let foreign = "\(workshop.folder("run").path)/evaluation.json.17.partial"
    try Data([1]).write(to: URL(filePath: foreign))
    _ = try workshop.resume("run").train()
    for name in left { #expect(!StoredFile.exists("\(workshop.folder("run").path)/\(name)")) }
    // It may be being written: an evaluation does not take the lock of the run.
    #expect(StoredFile.exists(foreign))
  }

  /// A worker that throws what nobody foresaw: one line that says where the run stands, and the run goes on once it is
  /// mended.
  @Test func failedIterationTellsWhatIsKept() throws {
    let broken = try TrainingRun(
      configuration: .quick(), folder: workshop.folder("run"), catalog: .failing(at: 4))
    let error = userError { _ = try broken.train() }
    #expect(
      error
        == UserError(
          "iteration 4 failed: a worker broke (the checkpoint of iteration 2 is kept)", status: .internalFault))
  }

  @Test func failedRunGoesOnOnceTheCauseIsGone() throws {
    _ = try workshop.start("whole").train()
    let failed = userError {
      _ = try TrainingRun(
        configuration: .quick(), folder: workshop.folder("run"), catalog: .failing(at: 4)
      ).train()
    }
    #expect(failed != nil)
    _ = try workshop.resume("run").train()
    #expect(try workshop.rows("run") == workshop.rows("whole"))
  }
}

/// A trainer in which a worker throws at one iteration.
private struct FailingTrainer: MetaTrainer {
  struct Broken: Error, CustomStringConvertible { let description = "a worker broke" }

  var walk: RandomWalkTrainer
  let failingIteration: Int

  mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    if iteration == failingIteration { throw Broken() }
    return try walk.iterate(iteration)
  }

  var checkpoint: CheckpointContents { walk.checkpoint }

  mutating func restore(_ checkpoint: CheckpointContents) throws { try walk.restore(checkpoint) }
}

extension Catalog {
  fileprivate static func failing(at iteration: Int) -> Catalog {
    walking(
      RandomWalkLearning { FailingTrainer(walk: RandomWalkTrainer($0), failingIteration: iteration) })
  }
}
