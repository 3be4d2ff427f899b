/// A table as text: one line for each row, with fields separated by commas, and a heading first (RFC 4180).
///
/// A field may be enclosed in double quotes, in which a comma is part of the field and `""` is a quote; a field must not
/// contain a line break. Empty lines are ignored. All files of tables are read by this type.
public struct TextTable: Sendable {
  /// A row of the table.
  public struct Row: Sendable {
    /// The number of the line in the file, from 1.
    public let line: Int
    /// The fields of the row, of which there is at least one.
    public let fields: [String]
    private let text: TextLines.Line

    init(_ text: TextLines.Line, fields: [String]) { (line, self.text, self.fields) = (text.number, text, fields) }

    /// The first characters of the row, for an error message.
    public var excerpt: String { text.excerpt }

    /// The fields as numbers, with or without spaces around them; nil if one is not a number.
    public var numbers: [Double]? {
      var numbers: [Double] = []
      numbers.reserveCapacity(fields.count)
      for field in fields {
        guard let number = Double(field) ?? Double(Self.trimmed(field)) else { return nil }
        numbers.append(number)
      }
      return numbers
    }

    private static func trimmed(_ field: String) -> Substring {
      let isSpace = { (character: Character) in character == " " || character == "\t" }
      let start = field.drop(while: isSpace)
      guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
      return start[...last]
    }
  }

  /// The treatment of a last line without a line break.
  public enum LastLine: Sendable {
    /// The last line is a row, as some editors write it.
    case row
    /// The last line is the remainder of a killed writer, and is ignored.
    case remainder
  }

  /// Every line that is not empty, with the heading among them.
  public let rows: [Row]

  /// Reads the bytes of a file, up to a number of rows with the heading among them. The rest of the file is ignored.
  /// - Throws: `TableError` that names the line with an unclosed quote.
  public init(_ bytes: [UInt8], lastLine: LastLine = .row, rows limit: Int = .max) throws(TableError) {
    let lines = TextLines(bytes)
    var rows: [Row] = []
    for line in lastLine == .row ? lines.all[...] : lines.ended where !line.bytes.isEmpty {
      guard rows.count < limit else { break }
      guard let fields = Self.fields(line.bytes) else {
        throw TableError(line: line.number, expected: "a quote at the end of a quoted field", found: line.excerpt)
      }
      rows.append(Row(line, fields: fields))
    }
    self.rows = rows
  }

  /// The line, without a line break, whose fields are these. A field must not contain a line break.
  public static func line(_ fields: [String]) -> String {
    fields.map { field in
      let isPlain = !field.utf8.contains { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }
      return isPlain
        ? field : "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }.joined(separator: ",")
  }

  /// The fields of a line; nil where a quoted field has no end.
  private static func fields(_ line: ArraySlice<UInt8>) -> [String]? {
    let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    guard line.contains(quote) else {
      return line.split(separator: comma, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
    var fields: [String] = []
    var rest = line
    while true {
      var field: [UInt8] = []
      if rest.first == quote {
        rest.removeFirst()
        while true {
          guard let end = rest.firstIndex(of: quote) else { return nil }
          field += rest[..<end]
          rest = rest[(end + 1)...]
          guard rest.first == quote else { break }
          field.append(quote)
          rest.removeFirst()
        }
        guard rest.isEmpty || rest.first == comma else { return nil }
      } else {
        field += rest.prefix { $0 != comma }
        rest = rest.dropFirst(field.count)
      }
      fields.append(String(decoding: field, as: UTF8.self))
      if rest.isEmpty { return fields }
      rest.removeFirst()
    }
  }
}

/// An error in a line of a table.
public struct TableError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The number of the line in the file, from 1.
  public let line: Int
  /// The content that was expected.
  public let expected: String
  /// The first characters of the line.
  public let found: String

  /// Creates an error from its parts.
  public init(line: Int, expected: String, found: String) {
    (self.line, self.expected, self.found) = (line, expected, found)
  }

  public var description: String { "\(line): expected \(expected), found '\(found)'" }
}

/// A table of numbers in named columns.
public struct NumberTable: Sendable {
  /// The names of the columns, from the heading.
  public let columns: [String]
  /// The rows, each with one number for each column.
  public let rows: [[Double]]

  /// Reads the bytes of a file, up to a number of rows.
  /// - Throws: `TableError` that names the line with a field that is not a number, or with an invalid heading.
  public init(_ bytes: [UInt8], lastLine: TextTable.LastLine = .row, rows limit: Int = .max) throws(TableError) {
    let table = try TextTable(bytes, lastLine: lastLine, rows: limit == .max ? .max : limit + 1)
    guard let heading = table.rows.first else {
      throw TableError(line: 1, expected: "a line of column names", found: "")
    }
    let columns = heading.fields
    guard Set(columns).count == columns.count else {
      throw TableError(line: heading.line, expected: "different column names", found: heading.excerpt)
    }
    self.columns = columns
    var rows: [[Double]] = []
    rows.reserveCapacity(table.rows.count)
    for row in table.rows.dropFirst() {
      guard let numbers = row.numbers, numbers.count == columns.count else {
        throw TableError(
          line: row.line, expected: columns.count == 1 ? "1 number" : "\(columns.count) numbers", found: row.excerpt)
      }
      rows.append(numbers)
    }
    self.rows = rows
  }
}
