import Glibc
import Parts
import Synchronization

/// The two output streams of a command: standard output for results, and standard error for messages about them.
enum Console {
  /// A text at the right end of a column of a table, after one space at least.
  static func cell(_ text: String, width: Int = 11) -> String {
    String(repeating: " ", count: max(1, width - text.count)) + text
  }

  /// The error number of the first write of a result that failed; 0 for none.
  private static let failure = Atomic<Int32>(0)

  /// Opens closed standard streams, which a daemon may have, on the null device: the first files of a run would otherwise
  /// get their descriptors, and the lines that are written to them.
  static func openClosedStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// The fault that kept a result from standard output, such as a full disk; nil where all was written, or the reader has
  /// gone.
  static var resultFault: UserError? {
    let error = failure.load(ordering: .relaxed)
    guard error != 0, error != EPIPE else { return nil }
    return UserError("cannot write standard output: \(String(cString: strerror(error)))", status: .inputOutput)
  }

  /// Writes one line to standard output.
  static func printLine(_ text: String) { write(text + "\n") }

  /// Writes one line, the program's name and the text, to standard error.
  static func printError(_ text: String) { write("\(ProgramName.current): \(text)\n", to: .error) }

  /// Writes a text without a line break at once.
  static func write(_ text: String, to stream: Stream = .output) { write(Array(text.utf8), to: stream.rawValue) }

  /// Writes bytes, such as a picture, to standard output.
  static func write(_ bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      // A reader that has gone must not end a training; a command that only prints a result reports the fault at its end.
      guard count > 0 else {
        if descriptor == STDOUT_FILENO { failure.store(errno, ordering: .relaxed) }
        return
      }
      rest = rest.dropFirst(count)
    }
  }

  /// A standard stream, which may be a terminal.
  enum Stream: Int32, Sendable {
    case output = 1
    case error = 2

    /// The codes that empty the present line of a terminal. No other codes are written, and no colours.
    static let emptiedLine = "\r\u{1B}[K"

    /// Whether the stream is a terminal.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether the stream is a terminal that can write a line anew.
    var rewritesLines: Bool {
      guard isTerminal, let terminal = getenv("TERM") else { return false }
      return !["", "dumb"].contains(String(cString: terminal))
    }

    /// The number of columns of the terminal.
    var width: Int {
      var size = winsize()
      guard ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
      return Int(size.ws_col)
    }
  }
}
