import Glibc

/// A file that is written piece by piece without a name and receives its name when it is complete; an unfinished file
/// leaves nothing behind, even where the process is killed.
///
/// On a file system without unnamed files it has a temporary name until then, which a killed process leaves behind.
package final class NewFile {
  private let path: String
  private let temporary: String
  private let isNameless: Bool
  private let descriptor: Int32
  /// The buffer of small pieces that are written together.
  private(set) var buffer: [UInt8] = []
  package private(set) var count = 0
  private var isFinished = false

  /// The flag O_TMPFILE of Linux, an expression that is not imported (`bits/fcntl-linux.h`).
  package static let nameless: Int32 = 0o20_000_000 | O_DIRECTORY

  /// The ending of the temporary name of an incomplete file; such a file that remains after a crash has no meaning.
  package static let temporarySuffix = ".partial"

  static let bufferSize = 1 << 20

  /// Creates a file at `path`, in a folder that must exist.
  /// - Parameter mayBeNameless: false to write the file under a temporary name in any case.
  /// - Throws: `FileFault` (`cannotCreate`) where the file cannot be created, or a folder has the path.
  package init(_ path: String, mayBeNameless: Bool = true) throws(FileFault) {
    // Two writers, in one process or in several, may write the same file at one time; the later writer's file is kept.
    let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 36))\(Self.temporarySuffix)"
    // The descriptor is opened before the object exists, whose deinitializer closes it and removes the temporary name.
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

  /// Returns the descriptor of a file without a name in the folder of `path`, or -1.
  private static func openNameless(besides path: String) -> Int32 {
    // The file can receive a name only by this link.
    guard access("/proc/self/fd", X_OK) == 0 else { return -1 }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    return Glibc.open(folder, O_WRONLY | nameless | O_CLOEXEC, 0o644)
  }

  /// Appends bytes to the file.
  package func append(_ bytes: [UInt8]) throws(FileFault) {
    count += bytes.count
    // A large piece, such as a whole checkpoint, bypasses the buffer.
    guard bytes.count < Self.bufferSize else {
      try flush()
      return try FileSystem.writeAll(bytes, to: descriptor, path: path)
    }
    buffer += bytes
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Replaces the first bytes, which must have been written, gives the file its name, and flushes both to the disk.
  package func finish(beginningWith bytes: [UInt8] = []) throws(FileFault) {
    precondition(bytes.count <= count, "\(bytes.count) bytes cannot begin a file of \(count)")
    try flush()
    try FileSystem.writeAll(bytes, to: descriptor, at: 0, path: path)
    guard fsync(descriptor) == 0, giveName() else { throw .system(.inputOutput, "cannot write", path) }
    isFinished = true
    FileSystem.synchronizeFolder(of: path)
  }

  /// Gives the file its name and returns whether that succeeded.
  private func giveName() -> Bool {
    guard isNameless else { return rename(temporary, path) == 0 }
    if link(as: path) { return true }
    // A link replaces no file: the new file has the temporary name for a moment.
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
