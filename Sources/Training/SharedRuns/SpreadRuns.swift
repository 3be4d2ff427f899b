import Files
package import Parts
package import Ranks
import Runs
import Workers

/// A run as rank 0 gives it to another rank, which trains it alone.
struct RankedRun: RankValue {
  /// The configuration of the run.
  let configuration: PackedConfiguration
  /// What the run's folder has already.
  let folder: PackedFolder

  init(_ run: PlannedRun) throws(UserError) {
    configuration = try run.configuration.packed()
    folder = try PackedFolder(run.folder, of: run.configuration)
  }

  init(from message: inout MessageReader) throws {
    (configuration, folder) = (try PackedConfiguration(from: &message), try PackedFolder(from: &message))
  }

  func write(to message: inout Message) {
    configuration.write(to: &message)
    folder.write(to: &message)
  }
}

/// What has become of a run that a rank trained.
private struct RankedEnding: RankValue {
  enum Kind: UInt8 {
    case completed, diverged, stopped
  }

  let kind: Kind
  /// The error that ended the run; nil without one.
  let fault: UserError?
  /// The folder of the run; nil where rank 0 has it.
  let folder: PackedFolder?

  init(_ ending: PlannedRun.Ending?, _ folder: PackedFolder?) {
    kind =
      switch ending {
      case .completed: .completed
      case .diverged: .diverged
      case nil: .stopped
      }
    (fault, self.folder) = (nil, folder)
  }

  init(_ fault: UserError, _ folder: PackedFolder?) { (kind, self.fault, self.folder) = (.stopped, fault, folder) }

  init(from message: inout MessageReader) throws {
    kind = Kind(rawValue: try message.read()) ?? .stopped
    fault = try message.read(Bool.self) ? try UserError(from: &message) : nil
    folder = try message.read(Bool.self) ? try PackedFolder(from: &message) : nil
  }

  func write(to message: inout Message) {
    message.write(kind.rawValue)
    message.write(fault != nil)
    fault?.write(to: &message)
    message.write(folder != nil)
    folder?.write(to: &message)
  }
}

extension PackedFolder: RankValue {
  package init(from message: inout MessageReader) throws {
    self.init(
      files: try (0..<max(0, try message.read(Int.self))).map { _ in
        (path: try message.readText(), bytes: try message.read() as [UInt8])
      })
  }

  package func write(to message: inout Message) {
    message.write(files.count)
    for file in files {
      message.write(file.path)
      message.write(file.bytes)
    }
  }
}

extension RankLeader {
  /// The seconds after which runs that other ranks train come back with checkpoints, before they go on: what is lost with a
  /// rank is no more than that.
  private static let roundLength = 300.0

  /// Trains the missing iterations of many runs, each by one rank alone, as many at a time as all ranks have workers. Every
  /// run ends as it would on one machine, in its own folder here.
  /// - Parameters:
  ///   - most: the largest number of runs at a time; nil for no limit.
  ///   - shouldStop: whether to stop; the runs of other ranks stop with checkpoints where a signal has asked for it.
  ///   - report: receives the place of each run that is complete or has failed, and the error that ended it, if any.
  package func train(
    _ runs: [PlannedRun], atATime most: Int? = nil, shouldStop: @escaping @Sendable () -> Bool,
    report: (_ run: Int, _ fault: UserError?) -> Void
  ) throws {
    let round = min(most ?? .max, max(1, ranks.count * (ranks.workers ?? 1)))
    var left = Array(runs.indices)
    while !left.isEmpty, !shouldStop() {
      var taken: [(number: Int, lock: RunLock?)] = []
      while taken.count < round, let number = left.first {
        left.removeFirst()
        do throws(UserError) {
          taken.append((number, try lock(of: runs[number])))
        } catch {
          report(number, error)
        }
      }
      let batch = taken.map { runs[$0.number] }
      try give(.runs(try batch.map { try RankedRun($0) }))
      let own = Ranks.share(of: batch.count, rank: 0, among: ranks.count)
      // This rank has the folders, whose locks are those of the trainings.
      for index in own { taken[index].lock = nil }
      let endings = try Self.trained(batch.count, by: ranks) { number in
        Self.ending(of: batch[number], shouldStop: Self.orAfterARound(shouldStop), folder: nil)
      }
      var unfinished: [Int] = []
      for (ending, run) in zip(endings, taken) {
        var fault = ending.fault ?? (ending.kind == .diverged ? Self.divergence : nil)
        do throws(UserError) { try ending.folder?.write(to: runs[run.number].folder) } catch { fault = fault ?? error }
        if ending.kind == .stopped, fault == nil {
          unfinished.append(run.number)
        } else {
          report(run.number, fault)
        }
      }
      left = unfinished + left
    }
  }

  private static let divergence = UserError(
    "the training has diverged, as diverged.txt in its folder says", status: .malformedData, isDivergence: true)

  /// The lock of a run's folder; nil where there is no folder yet.
  private func lock(of run: PlannedRun) throws(UserError) -> RunLock? {
    try run.folder.hasRun ? RunLock(run.folder) : nil
  }

  private static func orAfterARound(_ shouldStop: @escaping @Sendable () -> Bool) -> @Sendable () -> Bool {
    let end = ContinuousClock.now + .seconds(roundLength)
    return { shouldStop() || ContinuousClock.now > end }
  }

  private static func ending(
    of run: PlannedRun, shouldStop: () -> Bool, folder: ((RunFolder) throws(UserError) -> PackedFolder)?
  ) -> RankedEnding {
    do {
      // No other rank takes part in it.
      return try RankLeader.$current.withValue(nil) {
        let ending = try run.train(shouldStop: shouldStop) { _, _ in }
        return RankedEnding(ending, try folder?(run.folder))
      }
    } catch {
      return RankedEnding(
        error as? UserError ?? UserError("\(error)", status: .internalFault), try? folder?(run.folder))
    }
  }

  /// What has become of some runs, of which each rank trains its share, several at a time.
  private static func trained(
    _ count: Int, by ranks: Ranks, _ train: @escaping @Sendable (Int) -> RankedEnding
  ) throws -> [RankedEnding] {
    try ranks.map(jobs: count) { own in
      try WorkerPool(count: max(1, ranks.workers ?? 1)).map(jobs: own.count) { job, _ in train(own.lowerBound + job) }
    }
  }

  /// Trains the runs that rank 0 has given, on another rank.
  static func follow(
    _ runs: [RankedRun], by ranks: Ranks, catalog: Catalog, shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    let shouldStop = orAfterARound(shouldStop)
    _ = try trained(runs.count, by: ranks) { number in
      do {
        return try ExternalProgram.withTemporaryFolder("metarl-rank") { files in
          let folder = RunFolder(path: "\(files)/run")
          try runs[number].folder.write(to: folder)
          let configuration = try RankFollower.unpacked(
            runs[number].configuration, in: "\(files)/configuration", catalog: catalog)
          let run = PlannedRun(in: folder, configuration, catalog: catalog, mayExtend: true)
          return ending(of: run, shouldStop: shouldStop) { folder throws(UserError) in
            try PackedFolder(folder, of: configuration)
          }
        }
      } catch {
        let fault = error as? UserError ?? UserError("\(error)", status: .internalFault)
        return RankedEnding(UserError("rank \(ranks.number): \(fault.message)", status: fault.status), nil)
      }
    }
  }
}
