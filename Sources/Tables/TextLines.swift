/// The lines of a text in UTF-8, as every editor and system writes one: a byte order mark at its beginning is not part of
/// it, and a line ends with LF, CR LF or CR.
public struct TextLines: Hashable, Sendable {
  /// A line without its end.
  public struct Line: Hashable, Sendable {
    /// In the file, from 1.
    public let number: Int
    /// What stands in it.
    public let bytes: ArraySlice<UInt8>

    /// What stands in it; bytes that are not UTF-8 become replacement characters.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Its first characters, to be quoted in an error.
    public var excerpt: String { String(decoding: bytes.prefix(60), as: UTF8.self) }
  }

  /// All lines, in order. What follows the last line's end is a line only if it is not empty.
  public let all: [Line]
  /// Whether the last line has an end; a file whose writer was killed may have none.
  public let isLastEnded: Bool

  /// The lines but a last one without an end.
  public var ended: ArraySlice<Line> { isLastEnded ? all[...] : all.dropLast() }

  /// UTF-8's encoding of U+FEFF, which some editors put before a text.
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
