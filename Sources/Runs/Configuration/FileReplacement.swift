import Parts

/// The settings of a run without those of a file that belong to a part which a flag or `--set` has replaced.
///
/// A file such as a run's `config.yaml` lists values that nobody chose: the values of a replaced part do not apply to the
/// part that replaces it.
struct FileReplacement {
  private let catalog: Catalog
  /// The configuration that the file describes by itself; nil where there is no file.
  private var file: OwnConfiguration?
  /// The keys of the file that were dropped with a replaced part.
  private var dropped: [String] = []
  /// The replacements in a user's words: "maml replaces mlsr".
  private var replaced: [String] = []

  private static let passes = 4

  init(catalog: Catalog) { self.catalog = catalog }

  /// Returns the settings that are kept, in their order.
  /// - Throws: `UserError` for a setting of the file that is unknown or out of its range.
  mutating func kept(of settings: [ConfigurationSetting]) throws(UserError) -> [ConfigurationSetting] {
    guard let file = try OwnConfiguration(settings, catalog: catalog) else { return settings }
    self.file = file
    // At first only the choices of parts apply: a value may belong to a part that another part has replaced.
    var kept = settings.filter { !$0.isOfFile || file.choices.contains($0.key) }
    for _ in 0..<Self.passes {
      let chosen = try RunConfiguration(resolving: kept, catalog: catalog)
      let left = try remaining(settings, of: file, chosen: chosen)
      let isSettled = left.map(\.key) == kept.map(\.key)
      kept = left
      if isSettled { break }
    }
    return kept
  }

  private mutating func remaining(
    _ settings: [ConfigurationSetting], of file: OwnConfiguration, chosen: RunConfiguration
  ) throws(UserError) -> [ConfigurationSetting] {
    let standard = chosen.standard(catalog)
    let given = Set(settings.filter { !$0.isOfFile }.map(\.key))
    (dropped, replaced) = ([], file.replacements(by: chosen))
    var left: [ConfigurationSetting] = []
    for setting in settings {
      switch try fate(of: setting, of: file, chosen: chosen, standard: standard) {
      case .kept: left.append(setting)
      case .leftOut: break
      case .dropped: if !given.contains(setting.key) { dropped.append(setting.key) }
      }
    }
    return left
  }

  /// The treatment of a setting of the file.
  private enum Fate {
    /// The setting is kept as one of the run's.
    case kept
    /// The setting is dropped without a note, since it is only a line of the file that nobody chose.
    case leftOut
    /// The setting is dropped with the replaced part, and a note says so.
    case dropped
  }

  private func fate(
    of setting: ConfigurationSetting, of file: OwnConfiguration, chosen: RunConfiguration, standard: RunConfiguration
  ) throws(UserError) -> Fate {
    guard setting.isOfFile, !RunConfiguration.ownKeys.contains(setting.key) else { return .kept }
    guard let old = file.whole.entry(setting.key) else {
      if file.isLineOfAnother(setting, catalog: catalog) { return .leftOut }
      // The key belongs to a chosen part, or to none.
      if chosen.entry(setting.key) == nil { throw setting.withoutUse(in: chosen, catalog: catalog) }
      return .kept
    }
    let value = file.whole.text(old)
    // Nothing is lost where the run has the same value by default.
    let usual = standard.entry(setting.key)
    let isSame = usual.map { $0.isUsed && standard.text($0) == value } ?? false
    let told: Fate = old.isUsed && !isSame ? .dropped : .leftOut
    // A part that nobody chose follows from the task and the algorithm.
    if old.key.kind != nil, !file.choices.contains(setting.key) { return told }
    let isDefault = file.standard[setting.key] == value && old.key.kind == nil
    guard let new = chosen.entry(setting.key), old.isSameProperty(as: new), old.isUsed == new.isUsed || isDefault else {
      return old.isUsed || isDefault ? told : .kept
    }
    guard isDefault else { return .kept }
    // A value that nobody chose follows from the chosen parts.
    if let usual, standard.text(usual) != value { return told }
    return new.isUsed ? .kept : .leftOut
  }

  /// Returns whether a setting of the file that the run has no use for is only a line with the default value, as earlier
  /// versions listed keys.
  func isStandardLine(
    _ setting: ConfigurationSetting, of whole: RunConfiguration, used: Set<String>
  ) -> Bool {
    guard setting.isOfFile, !used.contains(setting.key),
      let entry = whole.entry(setting.key)
    else { return false }
    let standard = whole.standard(catalog)
    return standard.entry(setting.key).map(standard.text) == whole.text(entry)
  }

  /// The note that names the dropped keys; nil where there are none.
  var note: String? {
    guard let file, !dropped.isEmpty else { return nil }
    let reason = replaced.isEmpty ? "the other settings leave no use for them" : replaced.joined(separator: ", ")
    return "\(file.path): dropped \(dropped.joined(separator: ", ")): \(reason)"
  }
}

/// The configuration that a file describes by itself.
private struct OwnConfiguration {
  /// The path of the file.
  let path: String
  /// The configuration of the file; keys that the file lacks have the values of the other settings.
  let whole: RunConfiguration
  /// The configuration with the same parts and the default values of their keys.
  let standard: RunConfiguration
  /// The keys by which the file chooses other parts than its task and its algorithm bring.
  let choices: Set<String>

  /// Creates the configuration of the file's settings; nil where there are none.
  /// - Parameter settings: the settings of a file, if any, and others.
  init?(_ settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    let own = settings.filter(\.isOfFile)
    guard case .file(let path, _)? = own.first?.origin else { return nil }
    let open = settings.filter { setting in
      RunConfiguration.ownKeys.contains(setting.key) && !setting.isOfFile && !own.contains { $0.key == setting.key }
    }
    let whole = try RunConfiguration(resolving: open + own, catalog: catalog)
    let bare = try RunConfiguration(
      resolving: (open + own).filter { RunConfiguration.ownKeys.contains($0.key) }, catalog: catalog)
    self.path = path
    self.whole = whole
    standard = whole.standard(catalog)
    choices = Set(
      whole.allEntries.filter { $0.key.kind != nil && bare[$0.key.name] != whole.text($0) }.map(\.key.name)
    ).union(RunConfiguration.ownKeys)
  }

  /// Returns whether a line for which the file's parts have no key holds the default value of the key's owners: earlier
  /// versions listed such lines, which nobody chose.
  func isLineOfAnother(_ setting: ConfigurationSetting, catalog: Catalog) -> Bool {
    if Self.listedByEarlierVersions[setting.key] == setting.text { return true }
    if whole.family.defaults[setting.key] == setting.text { return true }
    return catalog.choices(withKey: setting.key).contains { choice in
      let names = zip(RunConfiguration.ownKeys, [whole.taskName, whole.algorithmName]).map { key, name in
        ConfigurationSetting(key: key, text: .scalar(name), origin: .set)
      }
      let other = try? RunConfiguration(resolving: names + [choice], catalog: catalog)
      return other.flatMap { other in other.entry(setting.key).map(other.text) } == setting.text
    }
  }

  /// The lines that earlier versions wrote for every run, whether or not it used them: nobody chose these values.
  private static let listedByEarlierVersions: [String: SettingText] = [
    "l1_strength": 0, "past_decay": 1, "recovery": "ista", "recovery_start": "learned", "recovery_sparsity": 10,
    "recovery_decay": 1, "recovery_rate": 3, "recovery_steps": 1, "inner_optimizer": "sgd", "meta_gradient": "own",
    "cg_steps": 5, "cg_tolerance": 0, "regularization": 2, "learn_regularization": false, "direction_cg_steps": 5,
    "line_search_trials": 10, "meta_optimizer_layers": 2, "meta_optimizer_rank": 10,
  ]

  /// Returns the choices with which `other` replaces the file's, in a user's words.
  func replacements(by other: RunConfiguration) -> [String] {
    whole.entries.filter { $0.key.kind != nil }.compactMap { entry in
      guard let new = other.entry(entry.key.name), new.key.kind == entry.key.kind,
        other.text(new) != whole.text(entry)
      else { return nil }
      return "\(other.text(new).description) replaces \(whole.text(entry).description)"
    }
  }
}
