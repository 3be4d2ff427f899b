public import Parts

/// The settings of a paper, by a name: what `train --preset NAME` starts from instead of the defaults.
public struct Preset: Sendable {
  /// The name, as the user writes it.
  public let name: String
  /// What it is, in one line.
  public let summary: String
  /// The paper, and where it leaves things open.
  public let source: String
  /// The names of the algorithms that the paper has; the first is the default.
  public let algorithms: [String]
  /// The values by key, the task's among them. Keys that a run by one of the algorithms does not use are left out.
  public let values: [String: SettingText]

  /// Creates a preset.
  public init(
    _ name: String, summary: String, source: String, algorithms: [String], _ values: [String: SettingText]
  ) {
    precondition(!algorithms.isEmpty && values["task"] != nil, "a preset has a task and an algorithm")
    (self.name, self.summary, self.source, self.algorithms) = (name, summary, source, algorithms)
    self.values = values
  }

  /// The settings of the preset, before those that a user gives.
  public var settings: [ConfigurationSetting] {
    let algorithm = ["algorithm": SettingText.scalar(algorithms[0])]
    return values.merging(algorithm) { own, _ in own }.sorted { $0.key < $1.key }.map {
      ConfigurationSetting(key: $0.key, text: $0.value, origin: .preset(name))
    }
  }

  /// Checks the configuration that came of the preset and of the user's settings.
  /// - Throws: `UserError` where the algorithm is none that the preset is for.
  public func check(_ configuration: RunConfiguration) throws(UserError) {
    guard algorithms.contains(configuration.algorithmName), .scalar(configuration.taskName) == values["task"] else {
      throw UserError(
        "preset \(name): expected \(algorithms.joined(separator: " or ")) on \(values["task"]?.description ?? ""), found "
          + "\(configuration.algorithmName) on \(configuration.taskName)", status: .usage)
    }
  }
}
