/// An error for operands whose shapes an operation cannot take.
public struct ShapeError: Error, Equatable, CustomStringConvertible {
  /// The operation's name.
  public let operation: String
  /// The shapes of the operands.
  public let operands: [Shape]
  /// The reason why the shapes do not fit.
  public let reason: String

  public var description: String {
    "\(operation) of \(operands.map(\.description).joined(separator: " and ")): \(reason)"
  }

  /// Ends the program with the message, also in release builds, where `preconditionFailure` would not print it.
  func stopProgram() -> Never { fatalError(description) }
}
