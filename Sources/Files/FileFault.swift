import Glibc

/// A fault of a file or a folder as one line: what could not be done, with what, and why.
public struct FileFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// What went wrong, which decides how a program ends.
  public enum Kind: Sendable {
    /// Nothing is there, or nothing that this user can open.
    case missing
    /// What is there is not what it should be.
    case malformed
    /// The system cannot read or write.
    case inputOutput
    /// A file or a folder cannot be made.
    case cannotCreate
  }

  /// What went wrong.
  public let kind: Kind
  /// One line, without a full stop at its end.
  public let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// A fault with the reason that the system gave in `errno`. A disk without room, a used-up quota and a file at its largest
  /// size are faults of input and output whatever was tried: nothing is wrong with the path.
  package static func system(_ kind: Kind, _ action: String, _ path: String) -> FileFault {
    let reason = String(cString: strerror(errno))
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(errno)
    return FileFault(isFull ? .inputOutput : kind, "\(action) \(path): \(reason)")
  }
}
