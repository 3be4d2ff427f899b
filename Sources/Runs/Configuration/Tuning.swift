public import Parts

/// Values that an algorithm has on some tasks instead of the defaults, with the reason, as data.
public struct Tuning: Sendable {
  /// The names of the task families, or of a kind of learning; empty for all.
  public let tasks: [String]
  /// The name of the algorithm; nil for all.
  public let algorithm: String?
  /// The values of other keys that are required for this tuning to apply.
  public let condition: [String: SettingText]
  /// The tuned values, by key.
  public let values: [String: SettingText]
  /// The reason for the values.
  public let why: String

  /// Creates a tuning.
  public init(
    tasks: [String] = [], algorithm: String? = nil, if condition: [String: SettingText] = [:],
    _ values: [String: SettingText], why: String
  ) {
    self.tasks = tasks
    self.algorithm = algorithm
    self.condition = condition
    self.values = values
    self.why = why
  }

  /// Returns whether the tuning applies to a run.
  func holds(for configuration: RunConfiguration, learning: String) -> Bool {
    isMeant(for: configuration.taskName, by: configuration.algorithmName, learning: learning)
      && condition.allSatisfy { configuration[$0.key] == $0.value }
  }

  /// Returns whether the tuning is for runs on a task, of the kind `learning`, by an algorithm.
  func isMeant(for task: String, by algorithm: String, learning: String) -> Bool {
    (tasks.isEmpty || tasks.contains(task) || tasks.contains(learning))
      && (self.algorithm == nil || self.algorithm == algorithm)
  }
}
