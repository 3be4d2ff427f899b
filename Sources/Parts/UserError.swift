/// A fault of the user or of the machine: one line that names its subject, what was expected and what was found.
///
/// The command line prints it as `metarl: message` and exits with `status`.
public struct UserError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The exit codes of sysexits.h that a command uses.
  public enum Status: Int32, Sendable {
    case usage = 64
    case malformedData = 65
    case missingInput = 66
    case unavailable = 69
    case internalFault = 70
    case cannotCreate = 73
    case inputOutput = 74
    case busy = 75
    case configuration = 78
  }

  /// The text of the error: one line without a full stop at its end.
  public let message: String
  /// Further faults of the same subject, each as one line.
  public let further: [String]
  /// The exit status of the process.
  public let status: Status
  /// Whether a training diverged, which a comparison of settings counts as a result.
  public let isDivergence: Bool

  /// Creates an error; line breaks in `message` (from a foreign library, or a file name) become spaces, and other control
  /// characters, which a terminal would obey, question marks.
  public init(_ message: String, status: Status, isDivergence: Bool = false) {
    self.message = Self.line(message)
    self.status = status
    self.isDivergence = isDivergence
    further = []
  }

  /// Creates an error of several faults, of which there must be one at least.
  public init(lines: [String], status: Status) {
    precondition(!lines.isEmpty, "an error without a fault")
    message = Self.line(lines[0])
    further = lines.dropFirst().map(Self.line)
    self.status = status
    isDivergence = false
  }

  private static func line(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ").withoutControlCharacters
  }

  /// The message.
  public var description: String { message }
}

extension UserError {
  /// Returns the error for a name that is not in a table; its message suggests the nearest known name, or where none is
  /// near lists all of them without repetitions, the nearest first.
  public static func unknownName(
    _ kind: String, _ name: String, known: [String], prefix: String = "", status: Status = .usage
  ) -> UserError {
    let help: String
    if let nearest = nearestName(to: name, among: known) {
      help = "did you mean '\(nearest)'?"
    } else {
      help = "expected one of \(namesByDistance(from: name, known).joined(separator: ", "))"
    }
    return UserError("\(prefix)unknown \(kind) '\(name)'; \(help)", status: status)
  }
}

extension String {
  fileprivate var withoutControlCharacters: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
