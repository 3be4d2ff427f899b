import Glibc
import Parts

/// The number of files that the process may still open.
///
/// Libraries below the program, such as the system's event queues and the pipes to gnuplot, end it by a trap where no
/// further file can be opened.
enum OpenFiles {
  /// A number of files that no command exceeds at one time, beside those of its processes.
  private static let own = 32
  /// The number of files that are open for one process.
  private static let ofProcess = 8

  /// Makes room for the files of a command: raises the soft limit up to the hard limit.
  /// - Parameter processes: the number of processes that the command runs at a time.
  /// - Throws: `UserError` where too few files can be opened.
  static func makeRoom(processes: Int = 0) throws(UserError) {
    let needed = own + processes * ofProcess
    if room(upTo: needed) >= needed { return }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, max(1_024, rlim_t(2 * needed))))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    let room = room(upTo: needed)
    guard room < needed else { return }
    throw UserError(
      "expected room for \(needed) more open files, found \(room); ulimit -n \(needed + 32) makes some",
      status: .unavailable)
  }

  /// Returns the number of files that can be opened, counted up to `needed`.
  private static func room(upTo needed: Int) -> Int {
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
