import Glibc

/// A file that grows by whole records: one that does not fit on the disk is taken back.
package final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a file at its end; makes it where there is none.
  /// - Throws: `FileFault` (`cannotCreate`).
  package init(path: String) throws(FileFault) {
    // Before the object exists, whose end closes the descriptor.
    descriptor = try Self.openAtEnd(path)
    self.path = path
  }

  private static func openAtEnd(_ path: String) throws(FileFault) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    return descriptor
  }

  deinit { close(descriptor) }

  /// Adds a record.
  /// - Throws: `FileFault` where it cannot be written; the file then ends with the record before.
  package func append(_ record: [UInt8]) throws(FileFault) {
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(FileFault) {
      try FileSystem.writeAll(record, to: descriptor, path: path)
    } catch {
      ftruncate(descriptor, end)
      throw error
    }
  }

  /// Brings all records to the disk.
  /// - Throws: `FileFault` where the disk does not take them.
  package func synchronize() throws(FileFault) {
    guard fsync(descriptor) == 0 else { throw .system(.inputOutput, "cannot write", path) }
  }
}
