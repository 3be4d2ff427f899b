/// Operands whose shapes an operation cannot take.
public struct ShapeError: Error, Equatable, CustomStringConvertible {
  /// The operation's name.
  public let operation: String
  /// The shapes that it was given.
  public let operands: [Shape]
  /// What does not fit.
  public let reason: String

  public var description: String {
    "\(operation) of \(operands.map(\.description).joined(separator: " and ")): \(reason)"
  }

  /// Ends the program with the message, in release builds too, where `preconditionFailure` would keep it to itself.
  func stopProgram() -> Never { fatalError(description) }
}
