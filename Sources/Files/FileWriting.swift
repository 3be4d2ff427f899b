import Glibc

extension FileSystem {
  /// Writes a file: to a temporary file beside it, which is flushed to the disk and renamed, then flushes the folder. A
  /// device or a pipe, such as `/dev/null`, is written to directly. A link is kept, and the file to which it leads is
  /// written.
  /// - Throws: `FileFault`: `cannotCreate` where the file cannot be created or a folder has the path, `inputOutput` where
  ///   writing fails; the old file, if any, is then unchanged.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileFault) {
    if let kind = kind(of: path), ![S_IFREG, S_IFDIR].contains(kind) { return try writeThrough(bytes, to: path) }
    // The temporary file has a name: a writer may have the right to rename a file and not the right to link it.
    let file = try NewFile(target(of: path), mayBeNameless: false)
    try file.append(bytes)
    try file.finish()
  }

  /// The largest number of links that lead to links, which is the system's (`MAXSYMLINKS`).
  private static let linkLimit = 40

  /// Returns the path to which the links at a path lead, which need not exist; the path itself where no link has it.
  private static func target(of path: String) throws(FileFault) -> String {
    var path = path
    for _ in 0...linkLimit {
      var link = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &link, link.count)
      guard count > 0 else { return path }
      guard let next = String(validating: link[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
        throw FileFault(.cannotCreate, "cannot write \(path): expected a link to a name in UTF-8, found other bytes")
      }
      let folder = folder(of: path)
      path = next.hasPrefix("/") || folder.isEmpty ? next : "\(folder)/\(next)"
    }
    errno = ELOOP
    throw .system(.cannotCreate, "cannot write", path)
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(FileFault) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, path: path)
  }

  /// Writes all bytes to an open file, at `offset` or, where it is nil, after the last write.
  /// - Throws: `FileFault` (`inputOutput`); bytes that were written before are kept.
  package static func writeAll(
    _ bytes: [UInt8], to descriptor: Int32, at offset: Int? = nil, path: String
  ) throws(FileFault) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        return offset.map { pwrite(descriptor, rest.baseAddress, rest.count, $0 + written) }
          ?? Glibc.write(descriptor, rest.baseAddress, rest.count)
      }
      if count < 0 && errno == EINTR { continue }
      // The system gives no reason for a write of no bytes; the reason of an earlier call would be wrong.
      if count == 0 { errno = EIO }
      guard count > 0 else { throw .system(.inputOutput, "cannot write", path) }
      written += count
    }
  }
}
