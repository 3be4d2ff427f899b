import Glibc

/// Files of a data set as it was published: a folder with folders in it, or the archive of one.
enum FileTree {
  /// Visits every file that `isWanted` takes, in the order of an archive or, in a folder, of the names.
  ///
  /// - Parameters:
  ///   - root: a folder, a zip, or a tar that may be compressed by gzip.
  ///   - limit: the largest file, in bytes.
  ///   - isWanted: whether a file of that path is to be read.
  ///   - body: takes the path below the root and the bytes.
  static func visit(
    _ root: String, limit: Int, where isWanted: (String) -> Bool, _ body: (String, [UInt8]) throws(DataError) -> Void
  ) throws(DataError) {
    if isFolder(root) {
      for file in try FolderListing(root).files where isWanted(file.name) {
        try body(file.name, readFile("\(root)/\(file.name)", limit: limit))
      }
      return
    }
    let reader = try ArchiveReader(path: root, format: root.hasSuffix(".zip") ? .zip : .tar)
    try visit(reader, limit: limit, where: isWanted, body)
  }

  /// Visits the files of an open archive.
  static func visit(
    _ reader: ArchiveReader, limit: Int, where isWanted: (String) -> Bool,
    _ body: (String, [UInt8]) throws(DataError) -> Void
  ) throws(DataError) {
    while let name = try reader.next() {
      if isWanted(name) { try body(name, reader.readFile(limit: limit)) }
    }
  }

  /// Reads a file of at most `limit` bytes.
  static func readFile(_ path: String, limit: Int) throws(DataError) -> [UInt8] {
    var bytes: [UInt8] = []
    try readPieces(of: path) { piece throws(DataError) in
      guard bytes.count + piece.count <= limit else {
        throw DataError(at: path, expected: "at most \(limit) bytes", found: "more")
      }
      bytes += piece
    }
    return bytes
  }

  /// Gives the bytes of a file to `body`, some at a time.
  static func readPieces(
    of path: String, _ body: (ArraySlice<UInt8>) throws(DataError) -> Void
  ) throws(DataError) {
    let descriptor = try openToRead(path)
    defer { close(descriptor) }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(.inputOutput, "cannot read", path) }
      guard count > 0 else { return }
      try body(piece[..<count])
    }
  }

  /// Sees whether a file is there and may be read, for a library that does not tell one from the other.
  static func checkReadable(_ path: String) throws(DataError) { close(try openToRead(path)) }

  private static func openToRead(_ path: String) throws(DataError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.missing, "cannot read", path) }
    return descriptor
  }

  /// Whether a folder has this path.
  /// - Throws: `DataError` where the system does not let this user see it, or what is in it.
  static func isReadableFolder(_ path: String) throws(DataError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return false }
      throw .system(.missing, "cannot read", path)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return false }
    guard access(path, R_OK | X_OK) == 0 else { throw .system(.missing, "cannot read", path) }
    return true
  }

  /// Whether a folder has this path.
  static func isFolder(_ path: String) -> Bool { mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false }

  /// Whether anything has this path.
  static func exists(_ path: String) -> Bool { mode(of: path) != nil }

  private static func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode : nil
  }
}
