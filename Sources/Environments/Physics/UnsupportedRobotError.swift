/// A robot that an engine was not made for, as one line: what of it, expected and found, and which engine moves it.
public struct UnsupportedRobotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The engine that cannot move the robot.
  public var engine: PhysicsKind
  /// The property at fault.
  public var subject: String
  /// What the engine is made for.
  public var expected: String
  /// What the robot has.
  public var found: String

  /// Describes a fault.
  public init(engine: PhysicsKind, subject: String, expected: String, found: String) {
    (self.engine, self.subject, self.expected, self.found) = (engine, subject, expected, found)
  }

  /// What of the robot, expected and found.
  var fault: String {
    // Names come from the file and may hold line ends.
    "\(subject): expected \(expected), found \(found)".split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// The fault as one line, with what to do.
  public var description: String {
    "physics \(engine.rawValue): \(fault)" + (engine == .box2d ? "" : "; use box2d for this robot")
  }
}
