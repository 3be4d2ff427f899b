import Files

/// A fault of a data file, of a data folder or of a download in one line: its place, what was expected and what was found.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a fault, on which the exit status of a program depends.
  public enum Kind: Sendable {
    /// The file or folder does not exist.
    case missing
    /// The contents are invalid.
    case malformed
    /// The system cannot read or write the file.
    case inputOutput
    /// The file or the folder cannot be created.
    case cannotCreate
    /// The network or the server does not answer.
    case unavailable
  }

  /// The kind of the fault.
  public let kind: Kind
  /// The text of the fault: one line without a full stop at its end.
  public let description: String

  /// Creates an error; line breaks in `message`, from a library or a file's name, become spaces.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    description = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Creates an error that names a place: a file, with an offset or an entry where it has one.
  public init(_ kind: Kind = .malformed, at place: String, expected: String, found: String) {
    self.init(kind, "\(place): expected \(expected), found \(found)")
  }
}

extension DataError {
  /// Creates the error for a fault of a file.
  init(_ fault: FileFault) {
    let kind: Kind =
      switch fault.kind {
      case .missing: .missing
      case .malformed: .malformed
      case .inputOutput: .inputOutput
      case .cannotCreate: .cannotCreate
      }
    self.init(kind, fault.description)
  }

  /// Creates an error with the reason that the system gave in `errno`.
  static func system(_ kind: FileFault.Kind, _ action: String, _ path: String) -> DataError {
    DataError(.system(kind, action, path))
  }
}
