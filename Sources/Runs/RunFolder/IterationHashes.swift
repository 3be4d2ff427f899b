import Files
package import Parts
import Tables

/// The hashes of the state after an iteration: two runs of one configuration are the same where these are equal.
package struct IterationHash: Equatable, Sendable {
  /// The number of the iteration, from 1.
  package var iteration: Int
  /// The hash of the trainer's checkpoint after the iteration: parameters and optimizer.
  package var parameters: Fingerprint
  /// The hash of the iteration's row of metrics, without wall-clock time.
  package var metrics: Fingerprint
  /// The kernels that computed the iteration, where the result depends on the processor.
  package var kernels: String
}

extension IterationHash {
  /// Creates the hashes of a trainer after an iteration.
  package init(_ iteration: Int, _ row: MetricsRow, _ trainer: any MetaTrainer, kernels: String) {
    self.init(
      iteration: iteration, parameters: trainer.checkpoint.fingerprint, metrics: row.fingerprint, kernels: kernels)
  }
}

/// The contents of a `hashes.csv`: one row per iteration, from 1 without a gap.
package struct IterationHashes: Equatable, Sendable {
  /// The rows in the order of the iterations.
  package private(set) var rows: [IterationHash]

  private static let columns = ["iteration", "parameters", "metrics", "kernels"]
  static let header = TextTable.line(columns)

  /// Reads a file, up to a number of rows; the contents after them are not checked. An incomplete last line, which a kill
  /// or a full disk left, is ignored.
  /// - Throws: `UserError` that names the first line that is not a row.
  package init(path: String, rows: Int = .max) throws(UserError) {
    try self.init(bytes: StoredFile.read(path, limit: MetricsTable.largestFile), path: path, rows: rows)
  }

  /// Reads the bytes of a file that came from `path`, up to a number of rows.
  init(bytes: [UInt8], path: String, rows limit: Int = .max) throws(UserError) {
    let table: TextTable
    do {
      table = try TextTable(bytes, lastLine: .remainder, rows: limit == .max ? .max : limit + 1)
    } catch {
      throw UserError("\(path):\(error)", status: .malformedData)
    }
    guard table.rows.first?.fields == Self.columns else {
      throw UserError("\(path): expected the columns \(Self.header), found other ones", status: .malformedData)
    }
    rows = []
    for (index, line) in table.rows.dropFirst().enumerated() {
      guard let row = Self.row(line.fields), row.iteration == index + 1 else {
        throw UserError(
          "\(path):\(line.line): expected the hashes of iteration \(index + 1), found '\(line.excerpt)'",
          status: .malformedData)
      }
      rows.append(row)
    }
  }

  private static func row(_ fields: [String]) -> IterationHash? {
    guard fields.count == 4, let iteration = Int(fields[0]), let parameters = Fingerprint(fields[1]),
      let metrics = Fingerprint(fields[2])
    else { return nil }
    return IterationHash(
      iteration: iteration, parameters: parameters, metrics: metrics, kernels: fields[3])
  }

  package static func line(_ row: IterationHash) -> String {
    "\(row.iteration),\(row.parameters),\(row.metrics),\(row.kernels)\n"
  }
}

/// Appends rows to the `hashes.csv` of a run.
package final class HashWriter {
  private let file: AppendedFile
  /// The kernels that computed the last iteration before those to come; nil where there is none.
  package let earlierKernels: String?

  /// Starts a file, or continues an existing one after `lastIteration`: later rows and an incomplete one are removed.
  /// - Throws: `UserError` where the file is damaged or ends before `lastIteration`.
  package init(path: String, continuingAfter lastIteration: Int) throws(UserError) {
    var kept: [IterationHash] = []
    if lastIteration > 0 {
      let rows = try IterationHashes(path: path, rows: lastIteration).rows
      guard rows.count >= lastIteration else {
        throw UserError(
          "\(path): expected rows of the iterations 1 to \(lastIteration), found \(rows.count.counted("row"))",
          status: .malformedData)
      }
      kept = Array(rows.prefix(lastIteration))
    }
    earlierKernels = kept.last?.kernels
    try StoredFile.write(
      IterationHashes.header + "\n" + kept.map(IterationHashes.line).joined(), to: path)
    do { file = try AppendedFile(path: path) } catch { throw UserError(error) }
  }

  /// Appends a row.
  /// - Throws: `UserError` where it cannot be written; the file then ends with the previous row.
  package func append(_ row: IterationHash) throws(UserError) {
    do { try file.append(Array(IterationHashes.line(row).utf8)) } catch { throw UserError(error) }
  }

  /// Flushes all rows to the disk.
  package func synchronize() throws(UserError) {
    do { try file.synchronize() } catch { throw UserError(error) }
  }
}
