/// What a part of a run is called, what it does and where it comes from.
public struct Card: Hashable, Sendable {
  /// The name on the command line, in lower case with hyphens.
  public let name: String
  /// One line that says what it is.
  public let summary: String
  /// The paper that describes it, or who made it.
  public let source: String

  /// Creates a card.
  public init(_ name: String, _ summary: String, source: String) {
    (self.name, self.summary, self.source) = (name, summary, source)
  }
}
