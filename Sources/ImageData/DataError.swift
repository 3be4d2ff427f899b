import Files

/// A fault of a data file, of a data folder or of a download, as one line: where, what was expected, what was found.
public struct DataError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong, which decides how a program ends.
  public enum Kind: Sendable {
    /// Nothing is there.
    case missing
    /// What is there is not what it should be.
    case malformed
    /// The system cannot read or write.
    case inputOutput
    /// A file or a folder cannot be made.
    case cannotCreate
    /// The network, or who should answer there, does not.
    case unavailable
  }

  /// What went wrong.
  public let kind: Kind
  /// One line, without a full stop at its end.
  public let description: String

  /// Creates an error; line breaks in `message`, from a library or a file's name, become spaces.
  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    description = message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// Creates an error of a place: a file, with an offset or an entry where it has one.
  public init(_ kind: Kind = .malformed, at place: String, expected: String, found: String) {
    self.init(kind, "\(place): expected \(expected), found \(found)")
  }
}

extension DataError {
  /// A fault of a file.
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

  /// An error with the reason that the system gave.
  static func system(_ kind: FileFault.Kind, _ action: String, _ path: String) -> DataError {
    DataError(.system(kind, action, path))
  }
}
