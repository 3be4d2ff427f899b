import Foundation

/// A file that names the input that was begun last, for when the process ends with it.
final class FuzzJournal {
  private let descriptor: Int32

  /// An input that takes longer than this, in seconds, hangs: the system then ends the process.
  private static let patience: UInt32 = 60

  init(path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FuzzedReader.Violation(description: "cannot write \(path)") }
  }

  deinit {
    alarm(0)
    close(descriptor)
  }

  func begin(_ reader: FuzzedReader, number: Int) {
    let line = "\(reader.name) \(number)".padding(toLength: 63, withPad: " ", startingAt: 0) + "\n"
    pwrite(descriptor, line, 64, 0)
    alarm(Self.patience)
  }
}
