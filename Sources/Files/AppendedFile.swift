import Glibc

/// A file that grows by whole records: a record that does not fit on the disk is removed again.
package final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a file at its end, and creates it where it does not exist.
  /// - Throws: `FileFault` (`cannotCreate`) where the file cannot be opened.
  package init(path: String) throws(FileFault) {
    // The descriptor is opened before the object exists, whose deinitializer closes it.
    descriptor = try Self.openAtEnd(path)
    self.path = path
  }

  private static func openAtEnd(_ path: String) throws(FileFault) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    return descriptor
  }

  deinit { close(descriptor) }

  /// Appends a record.
  /// - Throws: `FileFault` where it cannot be written; the file then ends with the previous record.
  package func append(_ record: [UInt8]) throws(FileFault) {
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(FileFault) {
      try FileSystem.writeAll(record, to: descriptor, path: path)
    } catch {
      ftruncate(descriptor, end)
      throw error
    }
  }

  /// Flushes all records to the disk.
  /// - Throws: `FileFault` where the disk does not accept them.
  package func synchronize() throws(FileFault) {
    guard fsync(descriptor) == 0 else { throw .system(.inputOutput, "cannot write", path) }
  }
}
