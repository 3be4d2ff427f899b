import Glibc

/// A file that is written piece by piece under another name and gets its own when it is whole; left unfinished, nothing
/// of it stays.
final class NewFile {
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private(set) var count = 0
  private var isFinished = false

  private static let bufferSize = 1 << 20

  /// Begins a file at `path`, in a folder that must exist.
  init(_ path: String) throws(DataError) {
    self.path = path
    // Two runs, in one process or in several, may make the same file at a time; the later one's stays.
    temporary = "\(path).partial-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    buffer.reserveCapacity(Self.bufferSize)
  }

  deinit {
    close(descriptor)
    if !isFinished { unlink(temporary) }
  }

  /// Adds bytes at the end.
  func append(_ bytes: [UInt8]) throws(DataError) {
    buffer += bytes
    count += bytes.count
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Replaces the first bytes, which must have been written, and gives the file its name.
  func finish(beginningWith bytes: [UInt8]) throws(DataError) {
    precondition(bytes.count <= count, "\(bytes.count) bytes cannot begin a file of \(count)")
    try flush()
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, fsync(descriptor) == 0,
      rename(temporary, path) == 0
    else { throw .system(.inputOutput, "cannot write", path) }
    isFinished = true
  }

  private func flush() throws(DataError) {
    var written = 0
    while written < buffer.count {
      let count = buffer.withUnsafeBytes {
        write(descriptor, $0.baseAddress.map { $0 + written }, buffer.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw .system(.inputOutput, "cannot write", path) }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Writes the pixels of a cache.
extension NewFile: PixelSink {}
