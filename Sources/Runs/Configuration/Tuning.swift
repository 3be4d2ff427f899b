public import Parts

/// Values that an algorithm takes on some tasks in place of the defaults: data, with the reason.
public struct Tuning: Sendable {
  /// Names of task families, or of a sort of learning; empty for all.
  public let tasks: [String]
  /// The algorithm; nil for all.
  public let algorithm: String?
  /// Values of other keys with which alone these hold.
  public let condition: [String: SettingText]
  /// The values, by key.
  public let values: [String: SettingText]
  /// Why these.
  public let why: String

  /// Creates a row.
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

  /// Whether it holds for a run.
  func holds(for configuration: RunConfiguration, learning: String) -> Bool {
    isMeant(for: configuration.taskName, by: configuration.algorithmName, learning: learning)
      && condition.allSatisfy { configuration[$0.key] == $0.value }
  }

  /// Whether it is for runs on a task, learned as `learning` says, by an algorithm.
  func isMeant(for task: String, by algorithm: String, learning: String) -> Bool {
    (tasks.isEmpty || tasks.contains(task) || tasks.contains(learning))
      && (self.algorithm == nil || self.algorithm == algorithm)
  }
}
