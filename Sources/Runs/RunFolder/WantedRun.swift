public import Parts

extension RunFolder {
  /// Checks that the folder has a run of a configuration, but for what a resumed run may change.
  /// - Returns: the configuration of the run.
  /// - Throws: `UserError` that names the first key of another value.
  package func configuration(
    wanted: RunConfiguration, catalog: Catalog
  ) throws(UserError) -> RunConfiguration {
    let found = try configuration(catalog: catalog)
    if let difference = try RunIdentity(found).firstDifference(from: RunIdentity(wanted)) {
      throw UserError(
        "\(path): expected a run with \(difference.otherWithKey), found one with \(difference.ownText); give the "
          + "settings of that run, or another folder", status: .usage)
    }
    return found
  }

  /// Separates the numbers of iterations that a run has already made from the settings with which it is resumed.
  /// - Returns: the other settings, and the last of these numbers; nil where the settings ask for more, or for none.
  package func reached(
    by settings: [ConfigurationSetting]
  ) throws(UserError) -> (others: [ConfigurationSetting], iterations: Int?) {
    let stored = try storedIterations()
    func number(_ setting: ConfigurationSetting) -> Int? {
      setting.key == RunSettings.iterationsKey ? Int(setting.text.description) : nil
    }
    // The last number counts; one that is none, or is too small, is refused with the others.
    guard let last = settings.compactMap(number).last, (1...max(1, stored)).contains(last), stored > 0 else {
      return (settings, nil)
    }
    return (settings.filter { $0.key != RunSettings.iterationsKey }, last)
  }

  /// Returns what is said of a run of which nothing is left to train.
  /// - Parameters:
  ///   - path: the path of the run.
  ///   - completed: the number of iterations that it has made.
  ///   - asked: the number of iterations that was asked for.
  public static func completeText(_ path: String, completed: Int, asked: Int) -> String {
    completed > asked
      ? "\(path) has \(completed.counted("iteration")), and was asked for \(asked): nothing is left to train"
      : "\(path) has \(asked == 1 ? "its 1 iteration" : "all its \(asked) iterations")"
  }

  /// Returns the number of iterations that the newest checkpoint includes; 0 where there is no checkpoint.
  public func storedIterations() throws(UserError) -> Int { try checkpoints.iterations().last ?? 0 }
}
