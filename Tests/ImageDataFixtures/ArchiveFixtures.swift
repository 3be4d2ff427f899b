import CArchive

/// Archives made by libarchive's writing half.
public enum ArchiveFixtures {
  /// A file of an archive.
  public typealias Entry = (name: String, bytes: [UInt8])

  /// A zip.
  public static func zip(_ entries: [Entry]) -> [UInt8] {
    write(entries) { archive_write_set_format_zip($0) }
  }

  /// A tar, compressed by gzip.
  public static func tarGzip(_ entries: [Entry]) -> [UInt8] {
    write(entries) {
      archive_write_add_filter_gzip($0)
      archive_write_set_format_ustar($0)
    }
  }

  /// A zip whose names are marked as UTF-8 (general purpose bit 11), as most programs write those with other letters than
  /// ASCII's.
  public static func markedZip(_ entries: [Entry]) -> [UInt8] {
    var bytes = zip(entries)
    var count = 0
    for start in 0..<bytes.count - 4 where bytes[start] == 0x50 && bytes[start + 1] == 0x4B {
      switch (bytes[start + 2], bytes[start + 3]) {
      case (3, 4): bytes[start + 7] |= 8
      case (1, 2): bytes[start + 9] |= 8
      default: continue
      }
      count += 1
    }
    precondition(count == 2 * entries.count, "\(count) headers of \(entries.count) entries")
    return bytes
  }

  /// A tar with links after its files: a name, and what the link says.
  public static func tar(_ entries: [Entry], links: [(name: String, target: String)], isHard: Bool) -> [UInt8] {
    write(entries, links: links, isHard: isHard) { archive_write_set_format_gnutar($0) }
  }

  /// One file, compressed by gzip.
  public static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    write([("data", bytes)]) {
      archive_write_add_filter_gzip($0)
      archive_write_set_format_raw($0)
    }
  }

  private static func write(
    _ entries: [Entry], links: [(name: String, target: String)] = [], isHard: Bool = false,
    _ prepare: (OpaquePointer) -> Void
  ) -> [UInt8] {
    guard let archive = archive_write_new() else { preconditionFailure("no memory for an archive") }
    defer { archive_write_free(archive) }
    prepare(archive)
    archive_write_set_bytes_in_last_block(archive, 1)
    let room = entries.reduce(100_000 + 2_000 * links.count) { $0 + 2 * $1.bytes.count + 2_000 }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: room, alignment: 16)
    defer { buffer.deallocate() }
    var used = 0
    check(archive_write_open_memory(archive, buffer.baseAddress, room, &used), archive)
    for (name, bytes) in entries {
      guard let entry = archive_entry_new() else { preconditionFailure("no memory for an entry") }
      defer { archive_entry_free(entry) }
      archive_entry_set_pathname(entry, name)
      archive_entry_set_size(entry, la_int64_t(bytes.count))
      // A regular file.
      archive_entry_set_filetype(entry, 0o100000)
      archive_entry_set_perm(entry, 0o644)
      check(archive_write_header(archive, entry), archive)
      let written = archive_write_data(archive, bytes, bytes.count)
      precondition(written == bytes.count, "\(written) of \(bytes.count) bytes written")
    }
    for (name, target) in links {
      guard let entry = archive_entry_new() else { preconditionFailure("no memory for an entry") }
      defer { archive_entry_free(entry) }
      archive_entry_set_pathname(entry, name)
      // A symbolic link, or another regular file of the same place.
      archive_entry_set_filetype(entry, isHard ? 0o100000 : 0o120000)
      if isHard { archive_entry_set_hardlink(entry, target) } else { archive_entry_set_symlink(entry, target) }
      archive_entry_set_size(entry, 0)
      archive_entry_set_perm(entry, 0o644)
      check(archive_write_header(archive, entry), archive)
    }
    check(archive_write_close(archive), archive)
    return Array(buffer[..<used])
  }

  private static func check(_ status: Int32, _ archive: OpaquePointer) {
    precondition(status == ARCHIVE_OK, archive_error_string(archive).map { String(cString: $0) } ?? "a fault")
  }
}
