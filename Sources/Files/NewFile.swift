import Glibc

/// A file that is written piece by piece without a name and gets its own when it is whole; left unfinished, even by a
/// process that is killed, nothing of it stays.
///
/// Where a file system has no files without a name it has another one until then, which a killed process leaves.
package final class NewFile {
  private let path: String
  private let temporary: String
  private let isNameless: Bool
  private let descriptor: Int32
  /// Small pieces that wait for others.
  private(set) var buffer: [UInt8] = []
  package private(set) var count = 0
  private var isFinished = false

  /// Linux's O_TMPFILE, an expression that is not imported (`bits/fcntl-linux.h`).
  package static let nameless: Int32 = 0o20_000_000 | O_DIRECTORY

  /// The ending of a file that has another name until it is whole; after a crash such a file is left over and means nothing.
  package static let temporarySuffix = ".partial"

  static let bufferSize = 1 << 20

  /// Begins a file at `path`, in a folder that must exist.
  /// - Parameter mayBeNameless: false to write it as where every file has a name.
  /// - Throws: `FileFault` (`cannotCreate`), also where a folder has the path.
  package init(_ path: String, mayBeNameless: Bool = true) throws(FileFault) {
    // Two writers, in one process or in several, may make the same file at a time; the later one's stays.
    let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36))\(Self.temporarySuffix)"
    // Before the object exists, whose end closes the descriptor and removes the temporary name.
    (descriptor, isNameless) = try Self.open(path, temporary: temporary, mayBeNameless: mayBeNameless)
    (self.path, self.temporary) = (path, temporary)
  }

  deinit {
    close(descriptor)
    if !isFinished && !isNameless { unlink(temporary) }
  }

  private static func open(
    _ path: String, temporary: String, mayBeNameless: Bool
  ) throws(FileFault) -> (descriptor: Int32, isNameless: Bool) {
    guard !FileSystem.isFolder(path) else {
      errno = EISDIR
      throw .system(.cannotCreate, "cannot write", path)
    }
    let nameless = mayBeNameless ? openNameless(besides: path) : -1
    if nameless >= 0 { return (nameless, true) }
    let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    return (descriptor, false)
  }

  /// A file without a name in the folder of `path`, or -1.
  private static func openNameless(besides path: String) -> Int32 {
    // It gets a name by this link alone.
    guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return Glibc.open(folder, O_WRONLY | nameless | O_CLOEXEC, 0o644)
  }

  /// Adds bytes at the end.
  package func append(_ bytes: [UInt8]) throws(FileFault) {
    count += bytes.count
    // A large piece, such as a whole checkpoint, is not copied.
    guard bytes.count < Self.bufferSize else {
      try flush()
      return try FileSystem.writeAll(bytes, to: descriptor, path: path)
    }
    buffer += bytes
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Replaces the first bytes, which must have been written, and gives the file its name, which then lasts.
  package func finish(beginningWith bytes: [UInt8] = []) throws(FileFault) {
    precondition(bytes.count <= count, "\(bytes.count) bytes cannot begin a file of \(count)")
    try flush()
    try FileSystem.writeAll(bytes, to: descriptor, at: 0, path: path)
    guard fsync(descriptor) == 0, giveName() else { throw .system(.inputOutput, "cannot write", path) }
    isFinished = true
    FileSystem.synchronizeFolder(of: path)
  }

  /// Whether the file has its name now.
  private func giveName() -> Bool {
    guard isNameless else { return rename(temporary, path) == 0 }
    if link(as: path) { return true }
    // A link replaces nothing: the file has the other name for a moment.
    guard errno == EEXIST, link(as: temporary) else { return false }
    guard rename(temporary, path) == 0 else {
      let fault = errno
      unlink(temporary)
      errno = fault
      return false
    }
    return true
  }

  private func link(as name: String) -> Bool {
    linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
  }

  private func flush() throws(FileFault) {
    try FileSystem.writeAll(buffer, to: descriptor, path: path)
    buffer.removeAll(keepingCapacity: true)
  }
}
