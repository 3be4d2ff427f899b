import Glibc

/// Appends rows to the `metrics.csv` of a run; the first row decides the columns.
final class MetricsWriter {
  private let path: String
  private var columns: [String]?
  private var descriptor: Int32 = -1

  /// Starts a file, or goes on after `lastIteration` with the one that is there: later rows and a half one go.
  /// - Throws: `UserError` where the file is not a table, or ends before `lastIteration`.
  init(path: String, continuingAfter lastIteration: Int) throws(UserError) {
    self.path = path
    guard lastIteration > 0 else {
      // A run without a checkpoint starts again.
      unlink(path)
      return
    }
    var table = try MetricsTable(path: path)
    table.truncate(after: lastIteration)
    guard table.rows.map({ $0[0] }) == (1...lastIteration).map(Double.init) else {
      throw UserError(
        "\(path): expected rows of the iterations 1 to \(lastIteration), found \(table.rows.count) rows",
        status: .malformedData)
    }
    try StoredFile.write(table.text, to: path)
    columns = table.columns
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Adds a row, given in any order of columns.
  /// - Throws: `UserError` where it cannot be written; the file then ends with the row before.
  func append(_ values: [(name: String, value: Double)]) throws(UserError) {
    let byName = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) })
    if let columns {
      guard Set(columns) == Set(byName.keys) else {
        throw UserError(
          "\(path): expected the columns \(columns.joined(separator: ",")), found other ones in this version",
          status: .malformedData)
      }
    } else {
      let leading = MetricsTable.leadingColumns.filter { byName[$0] != nil }
      let others = values.map(\.name).filter { !leading.contains($0) }
      columns = leading + others
      try StoredFile.write((leading + others).joined(separator: ",") + "\n", to: path)
    }
    let row = (columns ?? []).compactMap { byName[$0] }
    try appendLine(MetricsTable.line(row) + "\n")
  }

  private func appendLine(_ line: String) throws(UserError) {
    if descriptor < 0 {
      descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
      guard descriptor >= 0 else { throw StoredFile.failure("cannot write", path, .cannotCreate) }
    }
    let end = lseek(descriptor, 0, SEEK_END)
    do {
      try StoredFile.writeAll(Array(line.utf8), to: descriptor, path: path)
    } catch {
      // A full disk takes half a row; it is taken back.
      ftruncate(descriptor, end)
      throw error
    }
  }

  /// Brings all rows to the disk, so that a checkpoint that follows is never ahead of them.
  func synchronize() {
    if descriptor >= 0 { fsync(descriptor) }
  }
}
