import CArchive

/// Reads the files in a zip or a tar one after the other, or the one in a gzip, by libarchive.
///
/// Nothing is allocated by what an archive claims: bytes are taken in pieces, up to the caller's limit.
final class ArchiveReader {
  /// What is to be read.
  enum Format: Sendable {
    /// A zip, by its central directory, so that one that is cut short is not taken for a shorter one.
    case zip
    /// A tar, plain or compressed by gzip.
    case tar
    /// One file, plain or compressed by gzip.
    case gzip
  }

  /// The archive's own name, which leads every error.
  let name: String
  private let archive: OpaquePointer
  /// A copy of the bytes of an archive in memory, which must stay where they are.
  private var memory: UnsafeMutableRawBufferPointer?
  /// The name of the file that is being read.
  private var current = ""

  /// What is read at once.
  private var piece = [UInt8](repeating: 0, count: pieceSize)
  private static let pieceSize = 1 << 16

  /// Opens a file.
  init(path: String, format: Format) throws(DataError) {
    try FileTree.checkReadable(path)
    name = path
    archive = Self.makeArchive(format)
    try check(archive_read_open_filename(archive, path, Self.pieceSize), format)
  }

  /// Opens an archive in memory.
  init(bytes: [UInt8], name: String, format: Format) throws(DataError) {
    self.name = name
    archive = Self.makeArchive(format)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    memory.copyBytes(from: bytes)
    self.memory = memory
    try check(archive_read_open_memory(archive, memory.baseAddress, bytes.count), format)
  }

  deinit {
    archive_read_free(archive)
    memory?.deallocate()
  }

  private static func makeArchive(_ format: Format) -> OpaquePointer {
    guard let archive = archive_read_new() else { preconditionFailure("no memory for an archive") }
    switch format {
    case .zip: archive_read_support_format_zip_seekable(archive)
    case .tar:
      archive_read_support_filter_gzip(archive)
      archive_read_support_format_tar(archive)
    case .gzip:
      archive_read_support_filter_gzip(archive)
      archive_read_support_format_raw(archive)
      archive_read_support_format_empty(archive)
    }
    return archive
  }

  private func check(_ status: Int32, _ format: Format) throws(DataError) {
    guard status < ARCHIVE_WARN else { return }
    throw DataError(at: name, expected: "a whole \(format)", found: "another file, or a damaged one (\(reason))")
  }

  /// What the library says of its last fault.
  private var reason: String {
    archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
  }

  /// Goes to the next regular file and returns its name inside the archive, or nil at the end.
  func next() throws(DataError) -> String? {
    while true {
      var entry: OpaquePointer?
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return nil }
      guard status >= ARCHIVE_WARN, let entry else {
        throw DataError(
          at: name, expected: "another entry after \(current.isEmpty ? "the start" : current)",
          found: "a damaged archive (\(reason))")
      }
      guard archive_entry_filetype(entry) == S_IFREG || archive_format(archive) == ARCHIVE_FORMAT_RAW else { continue }
      let path = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
      current = path.map { String(cString: $0) } ?? "an entry without a name"
      return current
    }
  }

  /// The bytes of the file that `next` has gone to, from where reading stopped, up to `limit`.
  func read(upTo limit: Int) throws(DataError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let count = archive_read_data(archive, &piece, min(piece.count, limit - bytes.count))
      guard count >= 0 else {
        throw DataError(
          at: "\(name): \(current): byte \(bytes.count)", expected: "more data", found: "a fault (\(reason))")
      }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    return bytes
  }

  /// The bytes of the whole file that `next` has gone to.
  /// - Throws: `DataError` where there are more than `limit`.
  func readFile(limit: Int) throws(DataError) -> [UInt8] {
    let bytes = try read(upTo: limit + 1)
    guard bytes.count <= limit else {
      throw DataError(at: "\(name): \(current)", expected: "at most \(limit) bytes", found: "more")
    }
    return bytes
  }
}

extension ArchiveReader.Format: CustomStringConvertible {
  var description: String {
    switch self {
    case .zip: "zip archive"
    case .tar: "tar archive"
    case .gzip: "file"
    }
  }
}
