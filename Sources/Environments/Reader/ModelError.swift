/// A fault in a robot's model file, as one line: where, what, expected and found.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name as the user gave it.
  public var file: String
  /// Counted from 1; nil if the fault has no place, as in a file that cannot be read.
  public var line: Int?
  /// The element, attribute or property at fault.
  public var subject: String
  public var expected: String
  public var found: String

  public init(file: String, line: Int?, subject: String, expected: String, found: String) {
    self.file = file
    self.line = line
    self.subject = subject
    self.expected = expected
    self.found = found
  }

  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return "\(place): \(subject): expected \(expected), found \(found)"
  }
}
