/// An error for a robot that an engine does not support, with the property, the expected and the found value, and the
/// engine.
public struct UnsupportedRobotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The engine that cannot move the robot.
  public var engine: PhysicsKind
  /// The property at fault.
  public var subject: String
  /// The values that the engine supports.
  public var expected: String
  /// The value of the robot.
  public var found: String

  /// Creates the error from its parts.
  public init(engine: PhysicsKind, subject: String, expected: String, found: String) {
    (self.engine, self.subject, self.expected, self.found) = (engine, subject, expected, found)
  }

  /// The property, with the expected and the found value.
  var fault: String {
    // Names come from the file and may contain line breaks.
    "\(subject): expected \(expected), found \(found)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The error as one line, with advice.
  public var description: String {
    "physics \(engine.rawValue): \(fault)" + "; `robot FILE` tells which engine moves it"
  }
}
