import Glibc

/// The two streams of a command: results on standard output, everything about them on standard error.
enum Console {
  /// One line on standard output.
  static func printLine(_ text: String) { write(text + "\n") }

  /// One line, `metarl: text`, on standard error.
  static func printError(_ text: String) { write("metarl: \(text)\n", to: STDERR_FILENO) }

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
      // A reader that has gone must not end a training.
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
