import Files
import Glibc

/// The files of a data set as it was published: a folder with folders in it, or an archive of such a folder.
enum FileTree {
  /// Visits every file that `isWanted` accepts, in the order of an archive or, in a folder, of the names. A file that was
  /// added to a tar again is visited again: unpacking would leave the last one. A further name of a file, by
  /// a link to it or to its folder, is visited as a separate file, in an archive after the others.
  ///
  /// - Parameters:
  ///   - root: a folder, a zip, or a tar that may be compressed by gzip.
  ///   - limit: the largest size of a file, in bytes.
  ///   - isWanted: returns whether to read the file of a path.
  ///   - body: receives the path below the root and the bytes.
  static func visit(
    _ root: String, limit: Int, where isWanted: (EntryName) -> Bool,
    _ body: (EntryName, [UInt8]) throws(DataError) -> Void
  ) throws(DataError) {
    if FileSystem.isFolder(root) {
      for file in try FolderListing(root).files where isWanted(file.name) {
        try body(file.name, readFile(EntryName(root).appending(file.name), limit: limit))
      }
      return
    }
    try visit(limit: limit, where: isWanted, body) { () throws(DataError) in
      try ArchiveReader(path: root, format: root.hasSuffix(".zip") ? .zip : .tar)
    }
  }

  /// Visits the files of an archive that `open` opens, and a second time where it has links to wanted files.
  static func visit(
    limit: Int, where isWanted: (EntryName) -> Bool, _ body: (EntryName, [UInt8]) throws(DataError) -> Void,
    open: () throws(DataError) -> ArchiveReader
  ) throws(DataError) {
    let reader = try open()
    var links = ArchiveLinks()
    var appearances: [EntryName: Int] = [:]
    while let entry = try reader.next() {
      links.add(entry)
      if case .file(let name) = entry { appearances[name, default: 0] += 1 }
      if case .file(let name) = entry, isWanted(name) { try body(name, reader.readFile(limit: limit)) }
    }
    let otherNames = try links.otherNames(archive: reader.name, where: isWanted)
    guard !otherNames.isEmpty else { return }
    let second = try open()
    while let entry = try second.next() {
      guard case .file(let file) = entry, let names = otherNames[file] else { continue }
      // A link to a repeated file leads to the last one.
      appearances[file, default: 1] -= 1
      guard appearances[file] == 0 else { continue }
      let bytes = try second.readFile(limit: limit)
      for name in names where isWanted(name) { try body(name, bytes) }
    }
  }

  /// Returns the bytes of a file of at most `limit` bytes.
  static func readFile(_ path: String, limit: Int) throws(DataError) -> [UInt8] {
    try readFile(EntryName(path), limit: limit)
  }

  private static func readFile(_ path: EntryName, limit: Int) throws(DataError) -> [UInt8] {
    do { return try FileSystem.read(path, limit: limit) } catch { throw DataError(error) }
  }

  /// Passes the bytes of a file to `body`, piece by piece.
  static func readPieces(of path: EntryName, _ body: (ArraySlice<UInt8>) -> Void) throws(DataError) {
    do { try FileSystem.readPieces(of: path, body) } catch { throw DataError(error) }
  }

  /// Checks that a file exists and may be read, for a library that does not distinguish the two faults.
  static func checkReadable(_ path: String) throws(DataError) {
    do { close(try FileSystem.openToRead(EntryName(path))) } catch { throw DataError(error) }
  }

  /// Returns whether a folder has this path.
  /// - Throws: `DataError` where this user may not access the folder or its contents.
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
}
