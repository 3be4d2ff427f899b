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

  /// The fault as one line.
  public var description: String {
    // Names come from the file and may hold line ends.
    let remedy = engine == .box2d ? "" : "; use box2d for this robot"
    return "physics \(engine.rawValue): \(subject): expected \(expected), found \(found)\(remedy)"
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
