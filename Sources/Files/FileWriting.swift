import Glibc

extension FileSystem {
  /// Writes a file: to a temporary one beside it, flushed to the disk, then renamed, then the folder flushed. A device or a
  /// pipe, such as `/dev/null`, is written to as it is.
  /// - Throws: `FileFault`: `cannotCreate` where the file cannot be made, `inputOutput` where writing fails; the old
  ///   file, if any, is then as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileFault) {
    if let kind = kind(of: path), ![S_IFREG, S_IFDIR].contains(kind) { return try writeThrough(bytes, to: path) }
    // With a name: a writer may have the right to rename a file and not the one to link it.
    let file = try NewFile(path, mayBeNameless: false)
    try file.append(bytes)
    try file.finish()
  }

  private static func writeThrough(_ bytes: [UInt8], to path: String) throws(FileFault) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    defer { close(descriptor) }
    try writeAll(bytes, to: descriptor, path: path)
  }

  /// Writes all bytes to an open file.
  /// - Throws: `FileFault` (`inputOutput`); what was written before stays.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileFault) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .system(.inputOutput, "cannot write", path) }
      written += count
    }
  }
}
