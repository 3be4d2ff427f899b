extension RunConfiguration {
  /// The largest number of environment steps that one sampling of a meta-batch may hold (about 10 GB of observations), or
  /// of examples.
  static let largestBatch = 100_000_000

  /// What to do with a file's keys that a run does not look at.
  enum UnusedKeys {
    /// The user is told that they would change nothing.
    case refused
    /// They are left out: the folder of a run that an earlier version took with them stays readable.
    case leftOut
  }

  /// Resolves a configuration: the task's defaults, then the algorithm's, on this task too, then `settings`, the later ones winning.
  ///
  /// Callers give the settings in the order file, `--set`, flags. Keys of a file go with the part of it (task, algorithm,
  /// model) that a later setting replaces.
  /// - Parameter note: is told, in a line, which keys of a file went so.
  /// - Throws: `UserError` for the first setting that is unknown, of other tasks, out of its range or without effect, and
  ///   where a task is missing.
  public init(
    settings: [ConfigurationSetting], catalog: Catalog, note: (String) -> Void = { _ in }
  ) throws(UserError) {
    try self.init(settings: settings, catalog: catalog, unusedKeys: .refused, note: note)
  }

  init(
    settings: [ConfigurationSetting], catalog: Catalog, unusedKeys: UnusedKeys, note: (String) -> Void = { _ in }
  ) throws(UserError) {
    var replacement = try PartReplacement(settings, catalog: catalog)
    let standard = replacement.chosen.standard
    self = try standard.applying(replacement.settings, catalog: catalog)
    try replacement.removeUnused(in: self)
    var kept = replacement.settings
    if unusedKeys == .leftOut {
      let whole = self
      kept = kept.filter { ConfigurationKey.named($0.key, for: whole.taskKind)?.isUsed(by: whole) == true }
    }
    self = try standard.applying(kept, catalog: catalog)
    for setting in kept { try setting.checkUse(in: self) }
    try checkWhole()
    if let line = replacement.note { note(line) }
  }

  private func applying(_ settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) -> RunConfiguration {
    var result = self
    // The defaults are those of the chosen task already, and an earlier choice must not bring its keys back.
    for setting in settings where setting.key != "task" { try setting.apply(to: &result, catalog: catalog) }
    return result
  }

  /// Checks what no single key can: that a meta-batch fits in memory.
  private func checkWhole() throws(UserError) {
    // Each factor is within its own range, so that the product cannot overflow.
    let (names, size, unit) =
      switch taskKind {
      case .policy: ("meta_batch_size x episodes x horizon", metaBatchSize * episodes * horizon, "environment steps")
      case .supervised: ("meta_batch_size x (shots + queries)", metaBatchSize * (shots + queries), "examples")
      case .images:
        ("meta_batch_size x ways x (shots + queries)", metaBatchSize * ways * (shots + queries), "examples")
      }
    guard size <= Self.largestBatch else {
      throw UserError("\(names): expected at most \(Self.largestBatch) \(unit), found \(size)", status: .usage)
    }
  }

  /// The settings of a resumed run: this configuration with what may change, changed.
  ///
  /// - Throws: `UserError` for a setting that contradicts what the run was started with, or shortens it.
  public func resumed(with settings: [ConfigurationSetting], run: String, catalog: Catalog) throws(UserError)
    -> RunConfiguration
  {
    var result = self
    for setting in settings {
      let entry = try setting.entry(for: result)
      var changed = result
      try setting.apply(to: &changed, catalog: catalog)
      let (before, after) = (entry.read(self).description, entry.read(changed).description)
      switch entry.resume {
      case .free: break
      case .mayGrow where changed.iterations >= iterations: break
      case .mayGrow:
        throw UserError(
          "\(setting.place.prefix)\(run) has \(entry.name) \(before), which may grow but not shrink", status: .usage)
      case .fixed where before == after: break
      case .fixed:
        throw UserError(
          "\(setting.place.prefix)\(run) was started with \(entry.name) \(before); a resumed run cannot change it",
          status: .usage)
      }
      result = changed
    }
    return result
  }
}
