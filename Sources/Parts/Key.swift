/// What people and programs see of one key of a configuration.
public struct Key: Hashable, Sendable {
  /// What a resumed run may do with the key.
  public enum ResumeRule: Hashable, Sendable {
    /// The run would not be the same: a contradiction is refused.
    case fixed
    /// The value may grow: a run is extended.
    case mayGrow
    /// The result does not depend on it.
    case free
  }

  /// What a path leads to.
  public enum PathKind: Hashable, Sendable {
    /// A file whose contents the run depends on.
    case file
    /// A folder.
    case folder
  }

  /// The name in `config.yaml` and `--set`.
  public let name: String
  /// One line: what it is, and where its default departs from the published one, why.
  public let comment: String
  /// What it may be, for error messages: "a number from 0 to 1".
  public internal(set) var expectation: String
  /// The names that it may be, where it is a choice.
  public internal(set) var choices: [String]
  /// What its numbers count or are measured in, such as "tasks" or "s"; nil for what has no unit, such as a rate.
  public internal(set) var unit: String?
  /// When the part looks at it, in a user's words; nil where always.
  public internal(set) var condition: String?
  /// What a resumed run may do with it.
  public internal(set) var resume = ResumeRule.fixed
  /// What it leads to, where it is a path.
  public internal(set) var path: PathKind?
  /// Whether it means the same for every part that has it: its value stays where one takes the other's place.
  public internal(set) var isCommon = false
  /// Whether `config.yaml` of a run that an earlier version trained may lack it.
  public internal(set) var isNew = false
  /// Whether it is a condition that a result is found under, which an evaluation may choose anew.
  public internal(set) var isCondition = false
  /// The sort of part that it chooses, where it chooses one.
  public internal(set) var kind: PartKind?

  /// Creates the key of a configuration itself, which chooses a part.
  package init(choosing kind: PartKind, _ name: String, _ comment: String) {
    self.init(name: name, comment: comment, expectation: "a name", choices: [])
    self.kind = kind
  }

  init(name: String, comment: String, expectation: String, choices: [String]) {
    (self.name, self.comment, self.expectation, self.choices) = (name, comment, expectation, choices)
  }
}
