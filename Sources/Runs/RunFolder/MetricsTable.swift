public import Parts
import Tables

/// The contents of a `metrics.csv`: named columns of numbers, one row per meta-iteration.
public struct MetricsTable: Equatable, Sendable {
  /// The columns that come first, in this order, where a run has them; each is followed by the columns of single groups of
  /// tasks, such as `return_after_forward` after `return_after`.
  private static let leadingColumns = [
    "iteration", "environment_steps", "return_before", "return_after", heldOutReturn, "loss_before", "loss_after",
    "loss",
  ]
  /// The column of the mean return of a look at held-out tasks; without a number in the iterations between.
  package static let heldOutReturn = "held_out_return"
  /// The largest file in bytes: no run writes a larger table.
  static let largestFile = 1_000_000_000

  /// The names of the columns, of which the first is `iteration`.
  public private(set) var columns: [String]
  /// The rows, each with a value for each column.
  public private(set) var rows: [[Double]]

  /// Creates a table; each row has a value for each column.
  init(columns: [String], rows: [[Double]]) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row does not fit the columns \(columns)")
    self.columns = columns
    self.rows = rows
  }

  /// Returns the names of columns in the order of a file.
  static func ordered(_ names: [String]) -> [String] {
    let leading = leadingColumns.flatMap { first in
      names.filter { $0 == first }
        + names.filter { $0.hasPrefix(first + "_") && first.hasSuffix("_after") && !leadingColumns.contains($0) }
    }
    return leading + names.filter { !leading.contains($0) }
  }

  /// Reads a file. An incomplete last line, which a kill or a full disk left, is ignored.
  /// - Throws: `UserError` that names the first line that is not a row.
  public init(path: String) throws(UserError) { try self.init(path: path, rows: .max) }

  /// Reads the first rows of a file; the contents after them are not checked.
  init(path: String, rows: Int) throws(UserError) {
    try self.init(bytes: StoredFile.read(path, limit: Self.largestFile), path: path, rows: rows)
  }

  /// Reads the bytes of a file that came from `path`, up to a number of rows.
  init(bytes: [UInt8], path: String, rows limit: Int = .max) throws(UserError) {
    let table: NumberTable
    do {
      table = try NumberTable(bytes, lastLine: .remainder, rows: limit)
    } catch {
      throw UserError("\(path):\(error)", status: .malformedData)
    }
    guard table.columns.first == "iteration" else {
      throw UserError("\(path): expected different column names, the first 'iteration'", status: .malformedData)
    }
    (columns, rows) = (table.columns, table.rows)
  }

  /// Returns the number of rows of a file, including damaged ones; 0 where there is no file.
  package static func rowCount(path: String) throws(UserError) -> Int {
    guard StoredFile.exists(path) else { return 0 }
    let lines = TextLines(try StoredFile.read(path, limit: largestFile)).ended
    return max(0, lines.count { !$0.bytes.isEmpty } - 1)
  }

  /// Returns the values of a column; nil where there is no such column.
  public func column(_ name: String) -> [Double]? {
    columns.firstIndex(of: name).map { index in rows.map { $0[index] } }
  }

  /// Returns a table with one row for each `count` rows: the mean of each column over the rows that have a number in it; a
  /// column that counts keeps its last value. A column without a number in any of the rows stays without one.
  /// - Parameter keepsRest: whether fewer rows that remain at the end also form a row.
  package func averaged(over count: Int, keepsRest: Bool = false) -> MetricsTable {
    let counters = columns.indices.filter { ["iteration", "environment_steps"].contains(columns[$0]) }
    let averaged = (0..<(rows.count + (keepsRest ? count - 1 : 0)) / count).map { index in
      let chunk = rows[index * count..<min(rows.count, (index + 1) * count)]
      var row = columns.indices.map { column in Self.mean(chunk.map { $0[column] }.filter { !$0.isNaN }) }
      for counter in counters { row[counter] = rows[chunk.endIndex - 1][counter] }
      return row
    }
    return MetricsTable(columns: columns, rows: averaged)
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  /// The text of the whole file.
  package var text: String {
    ([TextTable.line(columns)] + rows.map(Self.line)).joined(separator: "\n") + "\n"
  }

  /// Returns the text of a row without its line break. Each number has the shortest text that reads back as the same bits.
  package static func line(_ row: [Double]) -> String { row.map(\.shortText).joined(separator: ",") }
}
