import Glibc

/// A fault of a file or a folder in one line: which action failed, its path, and the reason.
public struct FileFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of a fault, on which the exit status of a program depends.
  public enum Kind: Sendable {
    /// The file does not exist, or this user cannot open it.
    case missing
    /// The contents are invalid.
    case malformed
    /// The system cannot read or write the file.
    case inputOutput
    /// The file or the folder cannot be created.
    case cannotCreate
  }

  /// The kind of the fault.
  public let kind: Kind
  /// The text of the fault: one line without a full stop at its end.
  public let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// Creates a fault with the reason that the system gave in `errno`. A full disk, an exhausted quota and a file at its
  /// size limit are faults of input and output whatever the action: the path is not at fault.
  package static func system(_ kind: Kind, _ action: String, _ path: String) -> FileFault {
    let reason = String(cString: strerror(errno))
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
    return FileFault(isFull ? .inputOutput : kind, "\(action) \(path): \(reason)")
  }
}
