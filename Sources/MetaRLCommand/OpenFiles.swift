import Glibc
import Parts

/// How many files the process may open beside those that are open.
///
/// What runs below the program, such as the system's event queues and the pipes to gnuplot, ends it by a trap where there is
/// no room for a file.
enum OpenFiles {
  /// More than any command has open at a time.
  private static let needed = 32

  /// Makes room for the files of a command: raises the soft limit as far as the hard one lets.
  /// - Throws: `UserError` where there is no room.
  static func makeRoom() throws(UserError) {
    if room() >= needed { return }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 1_024))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let room = room()
    guard room < needed else { return }
    throw UserError(
      "expected room for \(needed) more open files, found \(room); ulimit -n \(needed + 32) makes some",
      status: .unavailable)
  }

  /// The files that can be opened, counted up to `needed`.
  private static func room() -> Int {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    while descriptors.count < needed {
      // Another name of the standard error stream, which is open.
      let descriptor = dup(STDERR_FILENO)
      guard descriptor >= 0 else { break }
      descriptors.append(descriptor)
    }
    return descriptors.count
  }
}
