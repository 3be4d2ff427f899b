/// The name of a file in an archive or below a folder: bytes with slashes between the folders.
///
/// Two names are equal where their bytes are. Texts would not suffice: Unicode has several spellings of one character,
/// which compare as equal, and old systems write names in other encodings, whose bytes are not valid text.
package struct EntryName: Hashable, Sendable {
  /// The bytes of the name as the archive or the file system stores them.
  package let bytes: [UInt8]

  /// Creates a name from its bytes.
  package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Creates a name from a text, encoded as UTF-8.
  package init(_ text: String) { bytes = Array(text.utf8) }

  package static let slash = UInt8(ascii: "/")

  /// The name as a C string, for system calls that take a path.
  package var cString: [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

  /// Returns the path of a name in the folder of this name; where either is empty, the other one.
  package func appending(_ name: EntryName) -> EntryName {
    EntryName(bytes.isEmpty || name.bytes.isEmpty ? bytes + name.bytes : bytes + [Self.slash] + name.bytes)
  }

  /// Returns whether the name begins with the bytes of an ASCII text.
  package func hasPrefix(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
}

extension EntryName: CustomStringConvertible {
  /// The name as text; where it is not UTF-8, with `\xNN` for each byte that is not ASCII.
  package var description: String {
    String(validating: bytes, as: UTF8.self)
      ?? bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "\\x\(String($0, radix: 16))" }.joined()
  }
}
