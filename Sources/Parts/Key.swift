/// The description of one key of a configuration for people and programs.
public struct Key: Hashable, Sendable {
  /// What a resumed run may do with the key.
  public enum ResumeRule: Hashable, Sendable {
    /// The value must not change, since the run would not be the same: a contradiction is refused.
    case fixed
    /// The value may grow, which extends the run.
    case mayGrow
    /// The value may change, since the result does not depend on it.
    case free
    /// As free, of what training does beside learning, such as storing checkpoints: an evaluation does none of it.
    case freeSchedule

    /// Whether the value may change in any direction.
    public var isFree: Bool { self == .free || self == .freeSchedule }
  }

  /// The kind of thing to which a path leads.
  public enum PathKind: Hashable, Sendable {
    /// A file whose contents the run depends on.
    case file
    /// A checkpoint, on whose contents the run depends.
    case checkpoint
    /// A folder.
    case folder

    /// Whether the path is that of a file on whose contents the run depends, and of which it keeps a copy.
    public var isOfFile: Bool { self != .folder }
  }

  /// The name of the key in `config.yaml` and `--set`.
  public let name: String
  /// One line that describes the key and, where its default departs from the published one, says why.
  public let comment: String
  /// The values that the key accepts, for error messages: "a number from 0 to 1".
  public internal(set) var expectation: String
  /// The names that the key accepts, where its value is one of several names.
  public internal(set) var choices: [String]
  /// The unit of the key's numbers, such as "tasks" or "s"; nil for numbers without a unit, such as a rate.
  public internal(set) var unit: String?
  /// The condition under which the part uses the key, in a user's words; nil where it always does.
  public internal(set) var condition: String?
  /// What a resumed run may do with the key.
  public internal(set) var resume = ResumeRule.fixed
  /// The kind of thing to which the key's value leads, where it is a path.
  public internal(set) var path: PathKind?
  /// Whether the key means the same for every part that has it: its value is kept where one part replaces another.
  public internal(set) var isCommon = false
  /// Whether the key may be absent from the `config.yaml` of a run that an earlier version trained.
  public internal(set) var isNew = false
  /// The value of such a run; nil for the value that the key has where nobody sets it.
  public internal(set) var earlierValue: SettingText?
  /// Whether the key is a condition under which results are obtained, for which an evaluation may take another value.
  public internal(set) var isCondition = false
  /// The kind of part that the key chooses, where it chooses one.
  public internal(set) var kind: PartKind?

  /// Creates a key of the configuration itself, which chooses a part.
  package init(choosing kind: PartKind, _ name: String, _ comment: String) {
    self.init(name: name, comment: comment, expectation: "a name", choices: [])
    self.kind = kind
  }

  init(name: String, comment: String, expectation: String, choices: [String]) {
    (self.name, self.comment, self.expectation, self.choices) = (name, comment, expectation, choices)
  }
}
