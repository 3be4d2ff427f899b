/// The name, the summary and the source of a part of a run.
public struct Card: Hashable, Sendable {
  /// The name of the part on the command line, in lower case with hyphens.
  public let name: String
  /// One line that describes the part.
  public let summary: String
  /// The paper that describes the part, or its author.
  public let source: String

  /// Creates a card from the name, the summary and the source of a part.
  public init(_ name: String, _ summary: String, source: String) {
    (self.name, self.summary, self.source) = (name, summary, source)
  }
}
