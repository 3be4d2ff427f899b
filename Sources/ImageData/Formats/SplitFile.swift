/// A split of mini-ImageNet as Ravi and Larochelle published it: lines of `filename,label` under that heading.
struct SplitFile: Equatable {
  /// An image of the split.
  struct Entry: Equatable {
    /// In the folder of all images.
    var file: String
    /// The class, such as `n01532829`.
    var label: String
    /// Of the split file, from 1.
    var line: Int
  }

  /// In the order of the file.
  let entries: [Entry]

  /// The largest file that is read, in bytes; the published ones have up to 1.3 million.
  static let greatestSize = 1 << 25

  /// Reads a file.
  init(path: String) throws(DataError) {
    try self.init(FileTree.readFile(path, limit: Self.greatestSize), name: path)
  }

  /// Reads the bytes of a file that came from `name`.
  init(_ bytes: [UInt8], name: String) throws(DataError) {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw DataError(at: name, expected: "a text in UTF-8", found: "other bytes")
    }
    var entries: [Entry] = []
    var seen: [Substring: Int] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let number = index + 1
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      if number == 1 {
        guard line == "filename,label" else {
          throw DataError(at: "\(name):1", expected: "the heading 'filename,label'", found: "'\(line.prefix(60))'")
        }
        continue
      }
      if line.isEmpty { continue }
      guard fields.count == 2, fields.allSatisfy({ !$0.isEmpty }) else {
        throw DataError(at: "\(name):\(number)", expected: "a file's name and a label", found: "'\(line.prefix(60))'")
      }
      if let first = seen.updateValue(number, forKey: fields[0]) {
        throw DataError(
          at: "\(name):\(number)", expected: "each file once", found: "\(fields[0]) again, as in line \(first)")
      }
      entries.append(Entry(file: String(fields[0]), label: String(fields[1]), line: number))
    }
    guard !entries.isEmpty else { throw DataError(at: name, expected: "lines of files", found: "none") }
    self.entries = entries
  }
}
