/// The lines of a UTF-8 text from any editor or system: an initial byte order mark is not part of the text, and a line
/// ends with LF, CR LF or CR.
public struct TextLines: Hashable, Sendable {
  /// A line without its line break.
  public struct Line: Hashable, Sendable {
    /// The number of the line in the file, from 1.
    public let number: Int
    /// The bytes of the line.
    public let bytes: ArraySlice<UInt8>

    /// The text of the line; bytes that are not UTF-8 become replacement characters.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The first characters of the line, for an error message.
    public var excerpt: String { String(decoding: bytes.prefix(60), as: UTF8.self) }
  }

  /// All lines, in order. The text after the last line break is a line only if it is not empty.
  public let all: [Line]
  /// Whether the last line ends with a line break; a file whose writer was killed may have none.
  public let isLastEnded: Bool

  /// All lines that end with a line break.
  public var ended: ArraySlice<Line> { isLastEnded ? all[...] : all.dropLast() }

  /// The UTF-8 encoding of U+FEFF, which some editors put before a text.
  public static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Divides the bytes of a file into lines.
  public init(_ bytes: [UInt8]) {
    let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
    var lines: [Line] = []
    var start = Self.content(of: bytes).startIndex
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == lineFeed || byte == carriageReturn else { continue }
      lines.append(Line(number: lines.count + 1, bytes: bytes[start..<position - 1]))
      if byte == carriageReturn, position < bytes.count, bytes[position] == lineFeed { position += 1 }
      start = position
    }
    isLastEnded = start == bytes.count
    if !isLastEnded { lines.append(Line(number: lines.count + 1, bytes: bytes[start...])) }
    all = lines
  }

  /// The bytes of a file without its byte order mark.
  public static func content(of bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes.starts(with: byteOrderMark) ? bytes[byteOrderMark.count...] : bytes[...]
  }

  /// The text of a file without its byte order mark, or nil if it is not UTF-8.
  public static func text(of bytes: [UInt8]) -> String? { String(validating: content(of: bytes), as: UTF8.self) }
}
