import Files
import Glibc
package import Parts

/// Appends rows to the `metrics.csv` of a run; the first row determines the columns.
package final class MetricsWriter {
  private let path: String
  private var columns: [String]?
  /// Whether another process wrote the columns, perhaps of an earlier version, which had fewer.
  private var isContinued = false
  private var file: AppendedFile?

  /// Starts a file, or continues an existing one after `lastIteration`: later rows and an incomplete one are removed.
  /// - Throws: `UserError` where the file is not a table, or ends before `lastIteration`.
  package init(path: String, continuingAfter lastIteration: Int) throws(UserError) {
    self.path = path
    guard lastIteration > 0 else {
      // A run without a checkpoint starts from the beginning.
      unlink(path)
      return
    }
    // Rows after the checkpoint are computed again, and may be damaged by a loss of power.
    let table = try MetricsTable(path: path, rows: lastIteration)
    guard table.rows.map({ $0[0] }) == (1...lastIteration).map(Double.init) else {
      throw UserError(
        "\(path): expected rows of the iterations 1 to \(lastIteration), found \(table.rows.count.counted("row"))",
        status: .malformedData)
    }
    try StoredFile.write(table.text, to: path)
    (columns, isContinued) = (table.columns, true)
  }

  /// Appends a row, given in any order of columns.
  /// - Throws: `UserError` where it cannot be written; the file then ends with the previous row.
  package func append(_ values: [(name: String, value: Double)]) throws(UserError) {
    let byName = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard byName.count == values.count else {
      let names = values.map(\.name)
      let twins = Set(names.indices.filter { names[..<$0].contains(names[$0]) }.map { names[$0] }).sorted()
      throw UserError(
        "\(path): expected each column once, found \(twins.joined(separator: ", ")) twice; a summary of an update rule needs "
          + "other names", status: .internalFault)
    }
    if let columns {
      guard isContinued ? Set(columns).isSubset(of: byName.keys) : Set(columns) == Set(byName.keys) else {
        throw UserError(
          "\(path): expected the columns \(columns.joined(separator: ",")), found other ones in this version",
          status: .malformedData)
      }
    } else {
      let names = MetricsTable.ordered(values.map(\.name))
      columns = names
      try StoredFile.write(names.joined(separator: ",") + "\n", to: path)
    }
    let row = (columns ?? []).compactMap { byName[$0] }
    try appendLine(MetricsTable.line(row) + "\n")
  }

  private func appendLine(_ line: String) throws(UserError) {
    do {
      if file == nil { file = try AppendedFile(path: path) }
      try file?.append(Array(line.utf8))
    } catch {
      throw UserError(error)
    }
  }

  /// Flushes all rows to the disk, so that a later checkpoint is never ahead of them.
  package func synchronize() throws(UserError) {
    do { try file?.synchronize() } catch { throw UserError(error) }
  }
}
