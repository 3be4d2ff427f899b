import Files

// Operations on the names of the entries of archives.
extension EntryName {
  /// The components of the name between its slashes.
  var components: [EntryName] { bytes.split(separator: Self.slash).map { EntryName($0) } }

  /// The name without its folders.
  var last: EntryName { components.last ?? self }

  /// Returns the name that consists of components.
  static func joined(_ components: some Sequence<EntryName>) -> EntryName {
    components.reduce(EntryName("")) { $0.appending($1) }
  }

  /// Returns whether the name ends with the bytes of an ASCII text.
  func hasSuffix(_ text: String) -> Bool { bytes.suffix(text.utf8.count).elementsEqual(text.utf8) }

  /// Returns whether the name ends with the bytes of an ASCII text, where the case of ASCII letters may be ignored.
  func hasSuffix(_ text: String, ignoringCase: Bool) -> Bool {
    func small(_ byte: UInt8) -> UInt8 { ignoringCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
    return bytes.suffix(text.utf8.count).map(small).elementsEqual(text.utf8.map(small))
  }

  /// Whether the name is that of a hidden file, which `.` and `..` are not.
  var isHidden: Bool { hasPrefix(".") && bytes.contains { $0 != UInt8(ascii: ".") } }

  /// Returns the path to which the name leads from a folder, without `.` and `..`; nil where it leaves the archive.
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
