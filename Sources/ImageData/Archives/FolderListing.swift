import Files
import Glibc

/// The regular files below a folder, or a single file, with their paths, sizes and times.
struct FolderListing {
  /// A regular file with its attributes.
  struct File: Equatable {
    /// The path of the file below the root; empty for the root itself.
    var name: EntryName
    /// The size of the file in bytes.
    var size: Int
    /// The time at which the contents were last written, in nanoseconds since 1970.
    var modified: Int
    /// The time of the last change of anything, including name and permissions, in nanoseconds since 1970.
    var changed: Int
    /// The inode number in the file system.
    var inode: UInt64
  }

  /// The files sorted by name, so that nothing depends on the order of a file system.
  private(set) var files: [File] = []

  /// The largest depth of folders inside each other, since links could make endless ones.
  private static let greatestDepth = 8

  /// Lists the regular files below `root`.
  init(_ root: String) throws(DataError) {
    try visit(EntryName(root), name: EntryName(""), depth: 0)
    files.sort { $0.name.bytes.lexicographicallyPrecedes($1.name.bytes) }
  }

  private mutating func visit(_ path: EntryName, name: EntryName, depth: Int) throws(DataError) {
    var status = stat()
    guard stat(path.cString, &status) == 0 else { throw .system(.missing, "cannot read", "\(path)") }
    if status.st_mode & S_IFMT == S_IFREG {
      files.append(
        File(
          name: name, size: Int(status.st_size), modified: Self.nanoseconds(status.st_mtim),
          changed: Self.nanoseconds(status.st_ctim), inode: UInt64(status.st_ino)))
    } else if status.st_mode & S_IFMT == S_IFDIR {
      guard depth < Self.greatestDepth else {
        throw DataError(
          at: "\(path)", expected: "at most \(Self.greatestDepth) folders inside each other", found: "more")
      }
      for entry in try Self.entries(of: path) {
        try visit(path.appending(entry), name: name.appending(entry), depth: depth + 1)
      }
    }
  }

  private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }

  /// Returns the names in a folder, without those that begin with a dot.
  static func entries(of folder: EntryName) throws(DataError) -> [EntryName] {
    do { return try FileSystem.entries(of: folder) } catch { throw DataError(error) }
  }
}
