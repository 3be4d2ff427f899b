/// A fault in a robot's model file, as one line: where, what, expected and found.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name as the user gave it.
  public var file: String
  /// Counted from 1; nil if the fault has no place, as in a file that cannot be read.
  public var line: Int?
  /// The element, attribute or property at fault.
  public var subject: String
  /// What the reader would have taken.
  public var expected: String
  /// What stands in the file.
  public var found: String

  /// Whether the file could not be read at all, where others have something in them that is wrong.
  public var isUnreadable: Bool

  /// Describes a fault.
  public init(
    file: String, line: Int?, subject: String, expected: String, found: String, isUnreadable: Bool = false
  ) {
    self.file = file
    self.line = line
    self.subject = subject
    self.expected = expected
    self.found = found
    self.isUnreadable = isUnreadable
  }

  /// The fault as one line.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    // Names and values come from the file and may hold line ends.
    return "\(place): \(subject): expected \(expected), found \(found)"
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
