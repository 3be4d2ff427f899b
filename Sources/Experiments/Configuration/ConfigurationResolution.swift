extension RunConfiguration {
  /// The largest number of environment steps that one sampling of a meta-batch may hold (about 10 GB of observations), or
  /// of examples.
  static let largestBatch = 100_000_000

  /// Resolves a configuration: the task's defaults, then the algorithm's, on this task too, then `settings`, the later ones winning.
  ///
  /// Callers give the settings in the order file, `--set`, flags.
  /// - Throws: `UserError` for the first setting that is unknown, of other tasks or out of its range, and where a task is
  ///   missing.
  public init(settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    // The task is looked for first, then the algorithm and the model: their defaults stand below everything that was given.
    var given = RunConfiguration()
    for setting in settings where setting.key == "task" { try setting.apply(to: &given, catalog: catalog) }
    guard !given.task.isEmpty else {
      let tasks = catalog.tasks.map(\.name).joined(separator: ", ")
      throw UserError("no task is given: expected --task with one of \(tasks)", status: .usage)
    }
    let entry = try catalog.task(named: given.task)
    given.network = entry.defaults.network
    for setting in settings { try setting.apply(to: &given, catalog: catalog) }

    self = entry.defaults
    taskKind = given.taskKind
    for key in ConfigurationKey.all(for: taskKind) {
      guard let text = key.algorithmDefaults[given.algorithm] else { continue }
      let isStored = key.assign(text, &self)
      precondition(isStored, "the default of \(key.name) for \(given.algorithm) is not \(key.expectation)")
    }
    (algorithm, network) = (given.algorithm, given.network)
    entry.adjustDefaults(&self)
    let standard = self
    for setting in settings { try setting.apply(to: &self, catalog: catalog) }
    let ofFile = try Self.standardOfFile(settings, algorithm: algorithm, catalog: catalog)
    for setting in settings { try setting.checkUse(in: self, standards: [standard] + ofFile) }
    try checkWhole()
  }

  /// The defaults of a file's own algorithm, where a later setting has chosen another: a run's `config.yaml` lists them,
  /// too.
  private static func standardOfFile(
    _ settings: [ConfigurationSetting], algorithm: String, catalog: Catalog
  ) throws(UserError) -> [RunConfiguration] {
    let own = settings.filter { setting in
      if case .file = setting.origin { return ["task", "algorithm", "model"].contains(setting.key) }
      return false
    }
    guard own.contains(where: { $0.key == "algorithm" && $0.text != .scalar(algorithm) }),
      own.contains(where: { $0.key == "task" })
    else { return [] }
    return [try RunConfiguration(settings: own, catalog: catalog)]
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
