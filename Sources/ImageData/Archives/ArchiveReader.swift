import CArchive
import Files
import Glibc

/// A reader of the files in a zip or a tar one after the other, or of the one file in a gzip, by libarchive.
///
/// The sizes that an archive claims allocate no memory: bytes are read in pieces, up to the caller's limit.
final class ArchiveReader {
  /// The format of the archive.
  enum Format: Sendable {
    /// A zip, read by its central directory, so that a truncated archive is not taken for a shorter one.
    case zip
    /// A tar, plain or compressed by gzip.
    case tar
    /// One file, plain or compressed by gzip.
    case gzip
  }

  /// The archive's own name, with which every error begins.
  let name: String
  private let archive: OpaquePointer
  /// A copy of the bytes of an archive in memory, whose address must not change.
  private var memory: UnsafeMutableRawBufferPointer?
  /// The name of the current entry.
  private var current = EntryName("")
  /// The number of entries so far.
  private var count = 0
  /// The names of a zip's entries, read where libarchive does not give a name.
  private lazy var directory = makeDirectory()
  private let format: Format
  private let path: String?
  /// The locale in which libarchive gives the bytes of names, since it gives names in the locale's encoding.
  private let plainLocale: locale_t?

  /// The buffer for one piece.
  private var piece = [UInt8](repeating: 0, count: pieceSize)
  private static let pieceSize = 1 << 16

  /// Opens the archive in a file.
  init(path: String, format: Format) throws(DataError) {
    try FileTree.checkReadable(path)
    name = path
    (self.path, self.format, plainLocale) = (path, format, Self.makePlainLocale())
    archive = Self.makeArchive(format)
    try check(archive_read_open_filename(archive, path, Self.pieceSize), format)
  }

  /// Opens an archive in memory.
  init(bytes: [UInt8], name: String, format: Format) throws(DataError) {
    self.name = name
    (path, self.format, plainLocale) = (nil, format, Self.makePlainLocale())
    archive = Self.makeArchive(format)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    memory.copyBytes(from: bytes)
    self.memory = memory
    try check(archive_read_open_memory(archive, memory.baseAddress, bytes.count), format)
  }

  deinit {
    archive_read_free(archive)
    memory?.deallocate()
    if let plainLocale { freelocale(plainLocale) }
  }

  private static func makePlainLocale() -> locale_t? { newlocale(1 << LC_CTYPE, "C", nil) }

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

  /// The library's message about its last fault.
  private var reason: String {
    archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
  }

  /// An entry of an archive with its name.
  enum Entry: Equatable {
    /// A regular file.
    case file(EntryName)
    /// A further name of a file or of a folder, by its path from the archive's root; nil where it leaves the archive.
    case link(EntryName, to: EntryName?)
    /// A folder, or an entry that no data set has, such as a device.
    case other(EntryName)
  }

  /// Advances to the next entry and returns it; nil at the end.
  /// - Throws: `DataError` where the archive is damaged, or an entry has no name.
  func next() throws(DataError) -> Entry? {
    var entry: OpaquePointer?
    // The thread's own locale is restored afterwards.
    let previous = uselocale(plainLocale)
    let status = archive_read_next_header(archive, &entry)
    _ = uselocale(previous)
    if status == ARCHIVE_EOF { return nil }
    guard status >= ARCHIVE_WARN, let entry else {
      throw DataError(
        at: name, expected: "another entry after \(count == 0 ? "the start" : current.description)",
        found: "a damaged archive (\(reason))")
    }
    count += 1
    if archive_format(archive) == ARCHIVE_FORMAT_RAW { return .file(current) }
    current = try entryName(entry)
    return kind(of: entry)
  }

  private func kind(of entry: OpaquePointer) -> Entry {
    let folder = current.components.dropLast()
    // A hard link has the path of an earlier file, unless it contains the bytes again.
    if let target = archive_entry_hardlink(entry), archive_entry_size(entry) == 0 {
      return .link(current, to: EntryName(Self.bytes(target)).resolved(in: []))
    }
    switch archive_entry_filetype(entry) {
    case S_IFREG: return .file(current)
    case S_IFLNK:
      return .link(
        current, to: archive_entry_symlink(entry).flatMap { EntryName(Self.bytes($0)).resolved(in: Array(folder)) })
    default: return .other(current)
    }
  }

  /// Returns the bytes of the entry's name.
  private func entryName(_ entry: OpaquePointer) throws(DataError) -> EntryName {
    if let path = archive_entry_pathname(entry) {
      let bytes = Self.bytes(path)
      if !bytes.isEmpty { return EntryName(bytes) }
    } else if format == .zip, let names = directory?.names, count <= names.count, !names[count - 1].bytes.isEmpty {
      return names[count - 1]
    }
    throw DataError(at: "\(name): entry \(count)", expected: "a name", found: "none that can be read")
  }

  private static func bytes(_ text: UnsafePointer<CChar>) -> UnsafeBufferPointer<UInt8> {
    text.withMemoryRebound(to: UInt8.self, capacity: strlen(text)) {
      UnsafeBufferPointer(start: $0, count: strlen(text))
    }
  }

  private func makeDirectory() -> ZipDirectory? {
    if let memory {
      return ZipDirectory(size: memory.count) { range in
        range.lowerBound >= 0 && range.upperBound <= memory.count ? Array(memory[range]) : nil
      }
    }
    guard let path, let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    guard fseek(file, 0, SEEK_END) == 0 else { return nil }
    return ZipDirectory(size: ftell(file)) { range in
      guard range.lowerBound >= 0, fseek(file, range.lowerBound, SEEK_SET) == 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: range.count)
      return fread(&bytes, 1, bytes.count, file) == bytes.count ? bytes : nil
    }
  }

  /// Returns the next bytes of the current file, up to `limit`.
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

  /// Returns the bytes of the whole current file.
  /// - Throws: `DataError` where the file has more than `limit` bytes.
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
