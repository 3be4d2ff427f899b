public import Parts

// The resolution of given settings to the configuration of a run.
extension RunConfiguration {
  /// The treatment of a file's keys that a run does not use.
  enum UnusedKeys {
    /// An error says that the keys would change nothing.
    case refused
    /// The keys are dropped: the folder of a run that an earlier version accepted with them stays readable.
    case leftOut
  }

  /// Resolves a configuration: the parts' own values, then the parts' proposals (in the order that `Part.defaults` states),
  /// then the values tuned for the task and the algorithm, then `settings`; later values take precedence.
  ///
  /// Callers give the settings in the order file, `--set`, flags. Keys of a file are dropped with the part of the file
  /// (task, algorithm, model) that a later setting replaces.
  /// - Parameters:
  ///   - settings: keys and their values; later values take precedence.
  ///   - catalog: the parts that can be chosen.
  ///   - note: receives a line that names the keys of a file that were dropped.
  /// - Throws: `UserError` for the first setting that is unknown, of another part, out of its range or without effect, and
  ///   where a task is missing.
  public init(
    settings: [ConfigurationSetting], catalog: Catalog, note: (String) -> Void = { _ in }
  ) throws(UserError) {
    try self.init(settings: settings, catalog: catalog, unusedKeys: .refused, note: note)
  }

  init(
    settings: [ConfigurationSetting], catalog: Catalog, unusedKeys: UnusedKeys, note: (String) -> Void = { _ in }
  ) throws(UserError) {
    var replacement = FileReplacement(catalog: catalog)
    var kept = unusedKeys == .leftOut ? settings : try replacement.kept(of: settings)
    let whole = try RunConfiguration(resolving: kept, catalog: catalog)
    let used = Set(whole.entries.map(\.key.name))
    if unusedKeys == .leftOut {
      let known = catalog.allKeyNames(of: whole)
      kept = kept.filter { used.contains($0.key) || !known.contains($0.key) }
    } else {
      kept = kept.filter { !replacement.isStandardLine($0, of: whole, used: used) }
      kept = kept.filter { !$0.isOfPreset || used.contains($0.key) }
    }
    self = try RunConfiguration(resolving: kept, catalog: catalog)
    try checkKeysDiffer()
    for setting in kept where !used.contains(setting.key) { throw setting.withoutUse(in: self, catalog: catalog) }
    try catalog.learning(of: self).check(self)
    if let line = replacement.note { note(line) }
  }

  /// Resolves the configuration of settings; settings for which it has no key are ignored.
  /// - Throws: `UserError` for a value that its key does not accept.
  init(resolving settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    let start = try RunConfiguration(partsOf: settings, catalog: catalog)
    let given = Dictionary(grouping: settings, by: \.key)
    var (resolved, proposed) = (start, start.proposals(above: []))
    var previous = proposed
    // Proposals may depend on choices, such as the model, and may make choices themselves.
    for _ in 0..<Self.passes {
      resolved = start
      try resolved.assign(given, proposed, catalog: catalog)
      let found = resolved.proposals(above: [resolved.tunedValues(catalog)] + resolved.chosenParts.map(\.defaults))
      guard found != proposed else {
        self = resolved
        return
      }
      (previous, proposed) = (proposed, found)
    }
    let open = Set(previous.keys).union(proposed.keys).filter { previous[$0] != proposed[$0] }.sorted()
    throw UserError(
      "\(open.joined(separator: ", ")): expected parts whose proposed values agree, found some that change each other's "
        + "without end; give the values yourself", status: .configuration)
  }

  private static let passes = 8

  /// Creates the configuration of the parts that settings choose by task and algorithm, with the parts' initial values.
  private init(partsOf settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    func last(_ key: Key) -> ConfigurationSetting? { settings.last { $0.key == key.name } }
    guard let chosen = last(Self.taskKey) else {
      let tasks = catalog.tasks.map(\.card.name).joined(separator: ", ")
      throw UserError(
        "no task is given: expected one of \(tasks)\(catalog.tasks.first.map { "; for example --task \($0.card.name)" } ?? "")",
        status: .usage)
    }
    // Every given setting is checked, also where a later one takes precedence over it.
    for setting in settings where setting.key == Self.taskKey.name { _ = try setting.task(in: catalog) }
    for setting in settings where setting.key == Self.algorithmKey.name { _ = try setting.algorithm(in: catalog) }
    let family = try chosen.task(in: catalog)
    let algorithm = try last(Self.algorithmKey)?.algorithm(in: catalog) ?? catalog.algorithms[0]
    let slots = Self.slots(of: catalog.learning(of: family), family, algorithm)
    guard let place = slots.firstIndex(where: { $0.kind == .algorithm }) else {
      preconditionFailure("the parts of \(catalog.learning(of: family).name) lack the algorithm")
    }
    self.init(slots: slots, algorithm: place)
  }

  /// Returns all parts of a run: those of its kind of learning, between those that every run has.
  static func slots(of sort: any Learning, _ family: any TaskFamily, _ algorithm: any Part) -> [RunSlot] {
    [RunSlot(ownTitle, RunSettings())] + sort.slots(for: family, algorithm: algorithm)
      + [RunSlot("Running", RunningSettings())]
  }

  /// Checks that no two chosen parts have settings with the same name. `Catalog.faults` finds all such parts; this check
  /// stops a run of a program that did not read them.
  private func checkKeysDiffer() throws(UserError) {
    var owners: [String: String] = [:]
    for entry in allEntries {
      let (name, owner) = (entry.key.name, entry.owner.card.name)
      if let other = owners.updateValue(owner, forKey: name) {
        throw UserError(Catalog.clash(of: name, other, owner), status: .configuration)
      }
    }
  }

  /// Gives every key its value of the highest precedence. A key that chooses a part comes before that part's own keys.
  private mutating func assign(
    _ given: [String: [ConfigurationSetting]], _ proposed: [String: SettingText], catalog: Catalog
  ) throws(UserError) {
    var open = allEntries
    while let entry = open.first {
      open.removeFirst()
      let name = entry.key.name
      guard !Self.ownKeys.contains(name) else { continue }
      if let settings = given[name] {
        // Every given setting is checked, also where a later one takes precedence over it.
        for setting in settings { try setting.apply(entry, to: &self, catalog: catalog) }
      } else if let text = proposed[name] {
        let isStored = assign(entry, text, parts: entry.key.kind.map(catalog.parts) ?? [])
        guard isStored else {
          throw UserError(
            "\(name): expected \(entry.key.expectation), found \(text.description) among what the parts of \(algorithmName) "
              + "on \(taskName) propose", status: .configuration)
        }
      } else {
        continue
      }
      // The chosen part adds keys of its own.
      if entry.key.kind != nil {
        open = Array(allEntries.drop { $0.key.name != name }.dropFirst())
      }
    }
  }

  /// Returns the parts' proposals by key, with the precedence that `Part.defaults` states.
  /// - Parameter stronger: proposals that take precedence over the algorithm's, the strongest first.
  private func proposals(above stronger: [[String: SettingText]]) -> [String: SettingText] {
    let others = slots.filter { $0.kind == nil && $0.isUsed(algorithm) }.map(\.part.defaults)
    return (stronger + [algorithm.defaults, family.defaults] + others).reversed()
      .reduce(into: [:]) { values, own in values.merge(own) { $1 } }
  }

  /// The parts that keys choose, in the order of `config.yaml`, without those that the run does not use.
  private var chosenParts: [any Part] {
    func chosen(by part: any Part) -> [any Part] {
      part.keys.compactMap { part.chosenPart($0.name) }.flatMap { [$0] + chosen(by: $0) }
    }
    return slots.filter { $0.isUsed(algorithm) }.flatMap { chosen(by: $0.part) }
  }

  private func tunedValues(_ catalog: Catalog) -> [String: SettingText] {
    let sort = catalog.learning(of: self).name
    return catalog.tunings.filter { $0.holds(for: self, learning: sort) }
      .reduce(into: [:]) { values, tuning in values.merge(tuning.values) { $1 } }
  }

  /// Returns the configuration with the same task, algorithm and other chosen parts, and with the default value of every
  /// key.
  package func standard(_ catalog: Catalog) -> RunConfiguration {
    let choices = entries.filter { $0.key.kind != nil }.map { entry in
      ConfigurationSetting(key: entry.key.name, text: text(entry), origin: .set)
    }
    do {
      return try RunConfiguration(resolving: choices, catalog: catalog)
    } catch {
      preconditionFailure("the parts of a configuration cannot be chosen again: \(error)")
    }
  }

  /// Returns those of some settings that a resumed run may change.
  package func changeable(_ settings: [ConfigurationSetting]) -> [ConfigurationSetting] {
    settings.filter { setting in entries.contains { $0.key.name == setting.key && $0.key.resume != .fixed } }
  }

  /// Returns the settings of a resumed run: this configuration with the changes that a resumed run may make.
  ///
  /// - Throws: `UserError` for a setting that contradicts the settings that the run was started with, or shortens it.
  public func resumed(with settings: [ConfigurationSetting], run: String, catalog: Catalog) throws(UserError)
    -> RunConfiguration
  {
    var result = self
    for setting in settings {
      guard let entry = result.entries.first(where: { $0.key.name == setting.key }) else {
        throw setting.withoutUse(in: result, catalog: catalog)
      }
      var changed = result
      let isOwn = Self.ownKeys.contains(setting.key)
      switch entry.key.kind {
      case PartKind.task where isOwn: _ = try setting.task(in: catalog)
      case PartKind.algorithm where isOwn: _ = try setting.algorithm(in: catalog)
      default: try setting.apply(entry, to: &changed, catalog: catalog)
      }
      let (before, after) = (
        text(entry).description, isOwn ? setting.text.description : changed.text(entry).description
      )
      switch entry.key.resume {
      case .free, .freeSchedule: break
      // A value that is not a number has not grown, as nothing compares with NaN.
      case .mayGrow where (Double(after) ?? .nan) >= (Double(before) ?? .nan): break
      case .mayGrow:
        throw UserError(
          "\(setting.place.prefix)\(run) has \(setting.key) \(before), which may grow but not shrink", status: .usage)
      case .fixed where before == after: break
      case .fixed:
        throw UserError(
          "\(setting.place.prefix)\(run) was started with \(setting.key) \(before); a resumed run cannot change it",
          status: .usage)
      }
      result = changed
    }
    return result
  }
}
