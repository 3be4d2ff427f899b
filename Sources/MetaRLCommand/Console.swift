import Glibc
import Parts
import Synchronization

/// The two streams of a command: results on standard output, everything about them on standard error.
enum Console {
  /// The error of the first write of a result that failed; 0 for none.
  private static let failure = Atomic<Int32>(0)

  /// Gives the standard streams that are closed, as those of a daemon may be, to the null device: the first files of a run
  /// would otherwise get their numbers, and the lines that are written to them.
  static func openClosedStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// What kept a result from standard output, such as a full disk; nil where all was written, or the reader has gone.
  static var resultFault: UserError? {
    let error = failure.load(ordering: .relaxed)
    guard error != 0, error != EPIPE else { return nil }
    return UserError("cannot write standard output: \(String(cString: strerror(error)))", status: .inputOutput)
  }

  /// One line on standard output.
  static func printLine(_ text: String) { write(text + "\n") }

  /// One line, the program's name and the text, on standard error.
  static func printError(_ text: String) { write("\(ProgramName.current): \(text)\n", to: STDERR_FILENO) }

  /// Text without a line break on standard output, at once.
  static func write(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Bytes, such as a picture, on standard output.
  static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// The columns of the terminal.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      // A reader that has gone must not end a training; whoever prints a result alone is told at its end.
      guard count > 0 else {
        if descriptor == STDOUT_FILENO { failure.store(errno, ordering: .relaxed) }
        return
      }
      rest = rest.dropFirst(count)
    }
  }
}
