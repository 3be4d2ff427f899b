import Glibc

/// The regular files below a folder, or a file by itself: where they are, how large and how new.
struct FolderListing {
  /// A file.
  struct File: Equatable {
    /// Its path below the root; empty for the root itself.
    var name: String
    /// Bytes.
    var size: Int
    /// When it was last written, in nanoseconds since 1970.
    var modified: Int
  }

  /// Sorted by name, so that nothing depends on the order of a file system.
  private(set) var files: [File] = []

  /// Folders inside each other, at most; links could make endless ones.
  private static let greatestDepth = 8

  /// Lists `root`.
  init(_ root: String) throws(DataError) {
    try visit(root, name: "", depth: 0)
    files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private mutating func visit(_ path: String, name: String, depth: Int) throws(DataError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(.missing, "cannot read", path) }
    if status.st_mode & S_IFMT == S_IFREG {
      let time = status.st_mtim
      files.append(File(name: name, size: Int(status.st_size), modified: time.tv_sec &* 1_000_000_000 &+ time.tv_nsec))
    } else if status.st_mode & S_IFMT == S_IFDIR {
      guard depth < Self.greatestDepth else {
        throw DataError(at: path, expected: "at most \(Self.greatestDepth) folders inside each other", found: "more")
      }
      for entry in try Self.entries(of: path) {
        try visit("\(path)/\(entry)", name: name.isEmpty ? entry : "\(name)/\(entry)", depth: depth + 1)
      }
    }
  }

  /// The names in a folder, without those that begin with a dot.
  static func entries(of folder: String) throws(DataError) -> [String] {
    guard let stream = opendir(folder) else { throw .system(.missing, "cannot read", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}

extension DataError {
  /// An error with the reason that the system gave.
  static func system(_ kind: Kind, _ action: String, _ path: String) -> DataError {
    DataError(kind, "\(action) \(path): \(String(cString: strerror(errno)))")
  }
}
