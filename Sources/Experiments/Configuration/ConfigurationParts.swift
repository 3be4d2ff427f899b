/// The choices that bring keys and defaults of their own: a task family, an algorithm and a supervised model.
struct ConfigurationParts {
  var task: TaskEntry
  var algorithm: String
  var network: RunConfiguration.SupervisedNetwork

  /// The parts that settings choose, the later ones winning.
  /// - Parameter open: what they leave open; the defaults where nil.
  /// - Throws: `UserError` for a part that there is not, and where no task is chosen.
  init(_ settings: [ConfigurationSetting], open: ConfigurationParts? = nil, catalog: Catalog) throws(UserError) {
    var chosen = RunConfiguration()
    for setting in settings where setting.key == "task" { try setting.apply(to: &chosen, catalog: catalog) }
    if chosen.task.isEmpty, let open {
      chosen.task = open.task.name
      chosen.taskKind = open.task.kind
    }
    guard !chosen.task.isEmpty else {
      let tasks = catalog.tasks.map(\.name).joined(separator: ", ")
      throw UserError("no task is given: expected --task with one of \(tasks)", status: .usage)
    }
    task = try catalog.task(named: chosen.task)
    chosen.algorithm = open?.algorithm ?? chosen.algorithm
    chosen.network = open?.network ?? task.defaults.network
    for setting in settings where ["algorithm", "model"].contains(setting.key) {
      try setting.apply(to: &chosen, catalog: catalog)
    }
    (algorithm, network) = (chosen.algorithm, chosen.network)
  }

  /// The defaults: the task's, then the algorithm's, then those of the algorithm and the model on this task.
  var standard: RunConfiguration {
    var configuration = task.defaults
    configuration.taskKind = task.kind
    configuration.task = task.name
    for key in ConfigurationKey.all(for: task.kind) {
      guard let text = key.algorithmDefaults[algorithm] else { continue }
      let isStored = key.assign(text, &configuration)
      precondition(isStored, "the default of \(key.name) for \(algorithm) is not \(key.expectation)")
    }
    (configuration.algorithm, configuration.network) = (algorithm, network)
    task.adjustDefaults(&configuration)
    return configuration
  }
}

/// The settings of a run, after those of a file have gone that belong to a part which a flag or `--set` has replaced.
///
/// A file such as a run's `config.yaml` lists values that nobody chose: what a replaced part brought says nothing of the
/// part in its place.
struct PartReplacement {
  /// What the run consists of.
  let chosen: ConfigurationParts
  /// The settings that are left, in their order.
  private(set) var settings: [ConfigurationSetting]
  /// The keys of the file that went with a replaced part.
  private(set) var dropped: [String] = []
  /// The parts that the file names, and what it says by itself; nil where there is no file.
  private let file: (path: String, parts: ConfigurationParts, whole: RunConfiguration)?

  /// - Throws: `UserError` for a setting of the file that is unknown or out of its range.
  init(_ settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    let own = settings.filter(\.isOfFile)
    guard case .file(let path, _)? = own.first?.origin else {
      chosen = try ConfigurationParts(settings, catalog: catalog)
      (self.settings, file) = (settings, nil)
      return
    }
    let tasks = try ConfigurationParts(settings.filter { $0.key == "task" }, catalog: catalog)
    let ownTask = try ConfigurationParts(own.filter { $0.key == "task" }, open: tasks, catalog: catalog).task
    let isForeign = try Self.isForeignModel(own, of: ownTask, on: tasks.task, catalog: catalog)
    chosen = try ConfigurationParts(
      settings.filter { !(isForeign && $0.isOfFile && $0.key == "model") }, catalog: catalog)
    var open = chosen
    if isForeign { open.network = ownTask.defaults.network }
    let parts = try ConfigurationParts(own, open: open, catalog: catalog)
    var whole = parts.standard
    for setting in own where ConfigurationKey.named(setting.key, for: whole.taskKind) != nil {
      try setting.apply(to: &whole, catalog: catalog)
    }
    file = (path, parts, whole)
    self.settings = []
    for setting in settings where try !isReplaced(setting) { self.settings.append(setting) }
  }

  /// Whether a file's `model` is that of its own task and none of the chosen one: a robot and a network have one name, and
  /// what a replaced task usually has, nobody chose.
  private static func isForeignModel(
    _ own: [ConfigurationSetting], of ownTask: TaskEntry, on task: TaskEntry, catalog: Catalog
  ) throws(UserError) -> Bool {
    guard own.contains(where: { $0.key == "model" }), ownTask.name != task.name else { return false }
    if ownTask.kind == .policy || task.kind == .policy { return ownTask.kind != task.kind }
    return try ConfigurationParts(own, catalog: catalog).network == ownTask.defaults.network
  }

  /// Whether a setting goes with what was replaced; its key is then listed, unless it was no more than a line of the file.
  private mutating func isReplaced(_ setting: ConfigurationSetting) throws(UserError) -> Bool {
    guard setting.isOfFile, let file, !["task", "algorithm"].contains(setting.key) else { return false }
    let standard = chosen.standard
    if setting.key == "model", file.whole.taskKind != .policy, standard.taskKind != .policy {
      return setting.text != .scalar(chosen.network.rawValue)
    }
    let (old, new) = (file.whole.taskKind, standard.taskKind)
    guard let entry = ConfigurationKey.named(setting.key, for: old) else {
      // A key of a chosen part, or of none.
      _ = try setting.entry(for: standard)
      return false
    }
    let initial = file.parts.standard
    let isDefault = entry.read(file.whole) == entry.read(initial)
    guard entry.isUsed(by: file.whole) else { return isDefault }
    guard let kept = ConfigurationKey.named(setting.key, for: new), entry.isSameProperty(as: kept) else {
      dropped.append(setting.key)
      return true
    }
    let isOwn = entry.use?.isNamed(file.parts.algorithm) == true && file.parts.algorithm != chosen.algorithm
    let changes = kept.read(standard) != entry.read(file.whole)
    guard isOwn || isDefault && entry.read(initial) != kept.read(standard) else { return false }
    if changes || !kept.isUsed(by: standard) { dropped.append(setting.key) }
    return true
  }

  /// Takes out what the file uses by itself and the run does not, as it has become: it goes with what was replaced.
  mutating func removeUnused(in configuration: RunConfiguration) throws(UserError) {
    guard let file else { return }
    var kept: [ConfigurationSetting] = []
    for setting in settings {
      let entry = try setting.entry(for: configuration)
      if setting.isOfFile, !entry.isUsed(by: configuration), entry.isUsed(by: file.whole) {
        dropped.append(setting.key)
      } else {
        kept.append(setting)
      }
    }
    settings = kept
  }

  /// What to tell of the keys that went; nil for none.
  var note: String? {
    guard let file, !dropped.isEmpty else { return nil }
    let parts = [
      (file.parts.task.name, chosen.task.name), (file.parts.algorithm, chosen.algorithm),
      (file.parts.network.rawValue, chosen.network.rawValue),
    ]
    let replaced = parts.filter { $0.0 != $0.1 }.map { "\($0.1) replaces \($0.0)" }
    let reason = replaced.isEmpty ? "the other settings leave no use for them" : replaced.joined(separator: ", ")
    return "\(file.path): dropped \(dropped.joined(separator: ", ")): \(reason)"
  }
}

extension ConfigurationKey {
  /// Whether a run of this configuration looks at the key.
  func isUsed(by configuration: RunConfiguration) -> Bool { use?.includes(configuration) ?? true }

  /// Whether a key of the same name in another table is the same: `model` is a robot here and a network there.
  fileprivate func isSameProperty(as other: ConfigurationKey) -> Bool {
    var probe = RunConfiguration()
    let text = probe.marked(by: self)
    return other.read(probe) == text
  }
}

extension RunConfiguration {
  /// Stores some value of a key that is not its default, where there is another, and returns it.
  fileprivate mutating func marked(by key: ConfigurationKey) -> ConfigurationText {
    let standard = key.read(self)
    for text in key.choices + ["7", "0.5", "marked"] where key.assign(.scalar(text), &self) {
      if key.read(self) != standard { break }
    }
    return key.read(self)
  }
}
