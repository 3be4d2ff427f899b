import Files
import Tables

/// A split of mini-ImageNet as Ravi and Larochelle published it: lines of `filename,label` under this heading.
struct SplitFile: Equatable {
  /// An image of the split.
  struct Entry: Equatable {
    /// The name of the file in the folder of all images.
    var file: EntryName
    /// The class of the image, such as `n01532829`.
    var label: String
    /// The line of the split file, from 1.
    var line: Int
  }

  /// The entries in the order of the file.
  let entries: [Entry]

  /// The largest file that is read, in bytes; the published files have up to 1.3 million.
  static let greatestSize = 1 << 25

  /// Reads a file.
  init(path: String) throws(DataError) {
    try self.init(FileTree.readFile(path, limit: Self.greatestSize), name: path)
  }

  /// Decodes the bytes of a file that was read from `name`.
  init(_ bytes: [UInt8], name: String) throws(DataError) {
    guard TextLines.text(of: bytes) != nil else {
      throw DataError(at: name, expected: "a text in UTF-8", found: "other bytes")
    }
    let table: TextTable
    do {
      table = try TextTable(bytes)
    } catch {
      throw DataError(.malformed, "\(name):\(error)")
    }
    guard table.rows.first?.fields == ["filename", "label"] else {
      let (line, found) = table.rows.first.map { ($0.line, $0.excerpt) } ?? (1, "")
      throw DataError(at: "\(name):\(line)", expected: "the heading 'filename,label'", found: "'\(found)'")
    }
    var entries: [Entry] = []
    var seen: [EntryName: Int] = [:]
    for row in table.rows.dropFirst() {
      let place = "\(name):\(row.line)"
      guard row.fields.count == 2, row.fields.allSatisfy({ !$0.isEmpty }) else {
        throw DataError(at: place, expected: "a file's name and a label", found: "'\(row.excerpt)'")
      }
      let file = EntryName(row.fields[0])
      if let first = seen.updateValue(row.line, forKey: file) {
        throw DataError(at: place, expected: "each file once", found: "\(file) again, as in line \(first)")
      }
      entries.append(Entry(file: file, label: row.fields[1], line: row.line))
    }
    guard !entries.isEmpty else { throw DataError(at: name, expected: "lines of files", found: "none") }
    self.entries = entries
  }
}
