/// The name of a file in an archive or below a folder: bytes with slashes between the folders.
///
/// Two names are the same where their bytes are. As text they would not do: Unicode has several spellings of one
/// character, which compare as equal, and old systems write names in other encodings, whose bytes are no text at all.
struct EntryName: Hashable, Sendable {
  /// As the archive or the file system has them.
  let bytes: [UInt8]

  /// Creates a name from its bytes.
  init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Creates a name from a text, as UTF-8.
  init(_ text: String) { bytes = Array(text.utf8) }

  private static let slash = UInt8(ascii: "/")

  /// The names between the slashes.
  var components: [EntryName] { bytes.split(separator: Self.slash).map { EntryName($0) } }

  /// The name without its folders.
  var last: EntryName { components.last ?? self }

  /// For the system, which takes a name for a path.
  var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

  /// A name in the folder of this one; the same name where either is empty.
  func appending(_ name: EntryName) -> EntryName {
    EntryName(bytes.isEmpty || name.bytes.isEmpty ? bytes + name.bytes : bytes + [Self.slash] + name.bytes)
  }

  /// The name of components.
  static func joined(_ components: some Sequence<EntryName>) -> EntryName {
    components.reduce(EntryName("")) { $0.appending($1) }
  }

  /// Whether the name ends with the bytes of an ASCII text.
  func hasSuffix(_ text: String) -> Bool { bytes.suffix(text.utf8.count).elementsEqual(text.utf8) }

  /// The same, with the capitals of ASCII as its small letters.
  func hasSuffix(_ text: String, ignoringCase: Bool) -> Bool {
    func small(_ byte: UInt8) -> UInt8 { ignoringCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
    return bytes.suffix(text.utf8.count).map(small).elementsEqual(text.utf8.map(small))
  }

  /// Whether the name begins with the bytes of an ASCII text.
  func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

  /// Whether it is a hidden file's: `.` and `..` are not.
  var isHidden: Bool { hasPrefix(".") && bytes.contains { $0 != UInt8(ascii: ".") } }

  /// Where the name leads from a folder: without `.` and `..`, or nil where it leaves the archive.
  func resolved(in folder: [EntryName]) -> EntryName? {
    guard bytes.first != Self.slash else { return nil }
    var path = folder
    for component in components where component != EntryName(".") {
      if component == EntryName("..") {
        guard path.popLast() != nil else { return nil }
      } else {
        path.append(component)
      }
    }
    return Self.joined(path)
  }
}

extension EntryName: CustomStringConvertible {
  /// The name as text; where it is not UTF-8, with `\xNN` for each byte that is not ASCII.
  var description: String {
    String(validating: bytes, as: UTF8.self)
      ?? bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\x\(String($0, radix: 16))" }.joined()
  }
}
