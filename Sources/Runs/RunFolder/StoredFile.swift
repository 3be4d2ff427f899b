import Foundation
public import Parts

/// Files that are read under a limit and written whole or not at all.
public enum StoredFile {
  /// The ending of a file that is being written; after a crash such a file is left over and means nothing.
  static let temporarySuffix = ".partial"

  /// Reads a regular file of at most `limit` bytes.
  /// - Throws: `UserError`: `missingInput` where it cannot be opened, `malformedData` where it is too large,
  ///   `inputOutput` where reading fails.
  public static func read(_ path: String, limit: Int) throws(UserError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot read", path, .missingInput) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot read", path, .inputOutput) }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw UserError("cannot read \(path): expected a file, found a folder", status: .missingInput)
    }
    // A pipe has no size; the limit below holds for it too.
    let size = Int(status.st_size)
    guard size <= limit else { throw tooLarge(path, limit: limit) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 1)
    var chunk = [UInt8](repeating: 0, count: min(max(size + 1, 4_096), 1 << 20))
    while true {
      let count = Foundation.read(descriptor, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot read", path, .inputOutput) }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else { throw tooLarge(path, limit: limit) }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  private static func tooLarge(_ path: String, limit: Int) -> UserError {
    UserError("\(path): expected at most \(limit) bytes, found more", status: .malformedData)
  }

  /// Writes a file: to a temporary one beside it, flushed to the disk, then renamed, then the folder flushed. A device or a
  /// pipe, such as `/dev/null`, is written to as it is.
  /// - Throws: `UserError`: `cannotCreate` where the file cannot be made, `inputOutput` where writing fails; the old
  ///   file, if any, is then as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws(UserError) {
    var status = stat()
    if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
      return try writeThrough(bytes, to: path)
    }
    // Two processes that write one file, such as two evaluations of a run, must not share the temporary one.
    let temporary = "\(path).\(getpid())\(temporarySuffix)"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("cannot write", path, .cannotCreate) }
    var isComplete = false
    defer {
      close(descriptor)
      if !isComplete { unlink(temporary) }
    }
    try writeAll(bytes, to: descriptor, path: path)
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      throw failure("cannot write", path, .inputOutput)
    }
    isComplete = true
    synchronizeFolder(of: path)
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(UserError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot write", path, .cannotCreate) }
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, path: path)
  }

  /// Writes a text; see `write(_:to:)` for bytes.
  public static func write(_ text: String, to path: String) throws(UserError) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes all bytes to an open file.
  static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(UserError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Foundation.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("cannot write", path, .inputOutput) }
      written += count
    }
  }

  /// Makes a rename or a new file last; a file system that cannot flush a folder is left as it is.
  static func synchronizeFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Whether something, of any kind, has this path.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether there is a folder, or a link to one.
  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a folder, sorted, without those that begin with a dot.
  static func names(in folder: String) throws(UserError) -> [String] {
    guard let stream = opendir(folder) else { throw failure("cannot read", folder, .missingInput) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes what writers that were killed left of files in `folder`: only their one writer may call this.
  static func removeUnfinished(_ names: [String], in folder: String) throws(UserError) {
    for name in try self.names(in: folder) where name.hasSuffix(temporarySuffix) {
      if names.contains(where: { name.hasPrefix($0) }) { unlink("\(folder)/\(name)") }
    }
  }

  /// The path from the root of the file system; a relative one begins where the process works, or in `folder`.
  static func absolutePath(_ path: String, in folder: String = "") -> String {
    if path.hasPrefix("/") { return path }
    let start = absoluteFolder(folder)
    return (start.hasSuffix("/") ? start : start + "/") + path
  }

  private static func absoluteFolder(_ folder: String) -> String {
    let current = FileManager.default.currentDirectoryPath
    return folder.isEmpty ? current : absolutePath(folder)
  }

  /// The folder of a file; empty where the path names none.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// An error with the reason that the system gave.
  static func failure(_ action: String, _ path: String, _ status: UserError.Status) -> UserError {
    let reason = String(cString: strerror(errno))
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
    return UserError("\(action) \(path): \(reason)", status: isFull ? .inputOutput : status)
  }
}
