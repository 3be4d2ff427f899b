/// An error in a robot's model file, with the line, the property, and the expected and the found value.
public struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name of the file, as the user gave it.
  public var file: String
  /// The line, counted from 1; nil if the error has no place, as for a file that cannot be read.
  public var line: Int?
  /// The element, attribute or property at fault.
  public var subject: String
  /// The values that the reader accepts.
  public var expected: String
  /// The value in the file.
  public var found: String

  /// Whether the file could not be read at all; false where its content is invalid.
  public var isUnreadable: Bool

  /// Further faults of the same file, in the order in which they were found.
  public internal(set) var others: [ModelError] = []

  /// Creates the error from its parts.
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

  /// Creates the error of a place in a file.
  init(_ place: XMLTree.Place, subject: String, expected: String, found: String) {
    self.init(file: place.file, line: place.line, subject: subject, expected: expected, found: found)
  }

  /// The error and the further ones, each as one line.
  public var description: String { lines.joined(separator: "\n") }

  /// The error and the further ones, each as one line.
  public var lines: [String] { ([self] + others).map(\.ownDescription) }

  private var ownDescription: String {
    let place = line.map { "\(file):\($0)" } ?? file
    // Names and values come from the file and may contain line breaks.
    return "\(place): \(subject): expected \(expected), found \(found)"
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
