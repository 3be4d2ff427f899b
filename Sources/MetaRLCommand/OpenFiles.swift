import Glibc
import Parts

/// The number of files that the process may still open.
///
/// Libraries below the program, such as the system's event queues and the pipes to gnuplot, end it by a trap where no
/// further file can be opened.
enum OpenFiles {
  /// A number of files that no command exceeds at one time.
  private static let needed = 32

  /// Makes room for the files of a command: raises the soft limit up to the hard limit.
  /// - Throws: `UserError` where too few files can be opened.
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

  /// Returns the number of files that can be opened, counted up to `needed`.
  private static func room() -> Int {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    while descriptors.count < needed {
      // The descriptor is a duplicate of the standard error stream, which is open.
      let descriptor = dup(STDERR_FILENO)
      guard descriptor >= 0 else { break }
      descriptors.append(descriptor)
    }
    return descriptors.count
  }
}
