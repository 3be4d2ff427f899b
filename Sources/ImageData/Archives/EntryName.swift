import Files

// What archives ask of the names of their entries.
extension EntryName {
  /// The names between the slashes.
  var components: [EntryName] { bytes.split(separator: Self.slash).map { EntryName($0) } }

  /// The name without its folders.
  var last: EntryName { components.last ?? self }

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
