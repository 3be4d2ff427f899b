import Parts
import Runs

/// A line that a person should know at the start of the runs on a task, as data.
struct Caution {
  /// The name of the task family.
  let task: String
  /// The algorithm and the values of other keys of the runs that do not need it.
  let unless: (algorithm: String, values: [String: SettingText])
  /// The text after the name of the task.
  let text: String

  /// Returns the cautions for a run, each as one line.
  static func lines(for configuration: RunConfiguration) -> [String] {
    standard.filter { caution in
      let isSpared =
        configuration.algorithmName == caution.unless.algorithm
        && caution.unless.values.allSatisfy { configuration[$0.key] == $0.value }
      return configuration.taskName == caution.task && !isSpared
    }.map { "\($0.task): \($0.text)" }
  }
}
