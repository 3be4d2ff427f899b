import Glibc
import Parts

/// A file that grows by whole records: one that does not fit on the disk is taken back.
final class AppendedFile {
  private let path: String
  private let descriptor: Int32

  /// Opens a file at its end; makes it where there is none.
  /// - Throws: `UserError` (`cannotCreate`).
  init(path: String) throws(UserError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw StoredFile.failure("cannot write", path, .cannotCreate) }
  }

  deinit { close(descriptor) }

  /// Adds a record.
  /// - Throws: `UserError` where it cannot be written; the file then ends with the record before.
  func append(_ record: [UInt8]) throws(UserError) {
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(UserError) {
      try StoredFile.writeAll(record, to: descriptor, path: path)
    } catch {
      ftruncate(descriptor, end)
      throw error
    }
  }

  /// Brings all records to the disk.
  /// - Throws: `UserError` where the disk does not take them.
  func synchronize() throws(UserError) {
    guard fsync(descriptor) == 0 else { throw StoredFile.failure("cannot write", path, .inputOutput) }
  }
}
