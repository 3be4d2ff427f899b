import Glibc

extension FileSystem {
  /// Returns the bytes of a file of at most `limit` bytes, which may be a pipe or a device.
  /// - Throws: `FileFault`: `missing` where it cannot be opened or is a folder, `malformed` where it is too large,
  ///   `inputOutput` where reading fails.
  public static func read(_ path: String, limit: Int) throws(FileFault) -> [UInt8] {
    try read(EntryName(path), limit: limit)
  }

  /// Returns the bytes of a file whose name may have any bytes; see `read(_:limit:)` for a path as text.
  package static func read(_ path: EntryName, limit: Int) throws(FileFault) -> [UInt8] {
    let descriptor = try openToRead(path)
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(.inputOutput, "cannot read", "\(path)") }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileFault(.missing, "cannot read \(path): expected a file, found a folder")
    }
    // A pipe has no size; the limit below applies to it, too.
    let size = Int(status.st_size)
    let tooLarge = FileFault(.malformed, "\(path): expected at most \(limit) bytes, found more")
    guard size <= limit else { throw tooLarge }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size + 1)
    var piece = [UInt8](repeating: 0, count: min(max(size + 1, 4_096), 1 << 20))
    while true {
      let count = try read(descriptor, into: &piece, path)
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else { throw tooLarge }
      bytes += piece[..<count]
    }
  }

  /// Passes the bytes of a file of any size to `body`, piece by piece.
  /// - Throws: `FileFault`: `missing` where it cannot be opened, `inputOutput` where reading fails.
  package static func readPieces(of path: EntryName, _ body: (ArraySlice<UInt8>) -> Void) throws(FileFault) {
    let descriptor = try openToRead(path)
    defer { close(descriptor) }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try read(descriptor, into: &piece, path)
      guard count > 0 else { return }
      body(piece[..<count])
    }
  }

  /// Opens a file and returns its descriptor, which the caller closes.
  /// - Throws: `FileFault` (`missing`) where the file cannot be opened.
  package static func openToRead(_ path: EntryName) throws(FileFault) -> Int32 {
    let descriptor = open(path.cString, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.missing, "cannot read", "\(path)") }
    return descriptor
  }

  /// Reads bytes into `piece` and returns their number; 0 at the end of the file.
  private static func read(
    _ descriptor: Int32, into piece: inout [UInt8], _ path: EntryName
  ) throws(FileFault) -> Int {
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system(.inputOutput, "cannot read", "\(path)") }
      return count
    }
  }
}
