import Foundation
package import Runs
package import Training

/// Runs of the random walk in a temporary folder, and what tests do to them.
package struct RunWorkshop {
  package let temporary: TemporaryFolder

  package init() throws { temporary = try TemporaryFolder() }

  package func folder(_ name: String) -> RunFolder { RunFolder(path: "\(temporary.path)/\(name)") }

  package func start(_ name: String, iterations: Int = 6, _ more: [String] = []) throws -> TrainingRun {
    try TrainingRun(configuration: .quick(iterations: iterations, more), folder: folder(name), catalog: .quick)
  }

  package func resume(_ name: String, _ arguments: [String] = [], warn: (String) -> Void = { _ in }) throws
    -> TrainingRun
  {
    try TrainingRun(
      resuming: folder(name), settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .quick,
      warn: warn)
  }

  /// Stops after the given number of iterations as a kill would: without a checkpoint.
  package func kill(_ name: String, after iterations: Int, of total: Int = 6, _ more: [String] = []) throws {
    struct Killed: Error {}
    var done = 0
    do {
      _ = try start(name, iterations: total, more).train(shouldStop: { false }) { _ in
        done += 1
        if done == iterations { throw Killed() }
      }
    } catch is Killed {}
  }

  /// The rows of a run without the columns of wall-clock time.
  package func rows(_ name: String) throws -> [[Double]] {
    let table = try MetricsTable(path: folder(name).metricsPath)
    let kept = table.columns.indices.filter {
      !table.columns[$0].hasSuffix("_seconds") && !table.columns[$0].hasSuffix("_per_second")
    }
    return table.rows.map { row in kept.map { row[$0] } }
  }

  package func checkpointPath(_ name: String, _ iteration: Int) -> String {
    folder(name).checkpoints.path(ofIteration: iteration)
  }

  /// Overwrites a file by what `change` makes of its bytes.
  package func damage(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = try StoredFile.read(path, limit: 1 << 20)
    change(&bytes)
    try StoredFile.write(bytes, to: path)
  }
}
