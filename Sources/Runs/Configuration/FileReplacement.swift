import Parts

/// The settings of a run, after those of a file have gone that belong to a part which a flag or `--set` has replaced.
///
/// A file such as a run's `config.yaml` lists values that nobody chose: what a replaced part brought says nothing of the
/// part in its place.
struct FileReplacement {
  private let catalog: Catalog
  /// What the file says by itself; nil where there is no file.
  private var file: OwnConfiguration?
  /// The keys of the file that went with a replaced part.
  private var dropped: [String] = []
  /// What stands in the place of what: "maml replaces mlsr".
  private var replaced: [String] = []

  private static let passes = 4
  /// Lines that earlier versions wrote for every run, whether or not it looked at them: nobody chose these values.
  private static let listedByEarlierVersions: [String: SettingText] = [
    "l1_strength": 0, "past_decay": 1, "recovery": "ista", "recovery_start": "learned", "recovery_sparsity": 10,
    "recovery_decay": 1, "recovery_rate": 3, "recovery_steps": 1, "inner_optimizer": "sgd", "meta_gradient": "own",
    "cg_steps": 5, "cg_tolerance": 0, "regularization": 2, "learn_regularization": false, "direction_cg_steps": 5,
    "line_search_trials": 10, "meta_optimizer_layers": 2, "meta_optimizer_rank": 10,
  ]

  init(catalog: Catalog) { self.catalog = catalog }

  /// The settings that are left, in their order.
  /// - Throws: `UserError` for a setting of the file that is unknown or out of its range.
  mutating func kept(of settings: [ConfigurationSetting]) throws(UserError) -> [ConfigurationSetting] {
    guard let file = try OwnConfiguration(settings, catalog: catalog) else { return settings }
    self.file = file
    // At first the parts that are chosen alone: a value may be of a part that another has replaced.
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
    (dropped, replaced) = ([], file.replacements(by: chosen))
    var left: [ConfigurationSetting] = []
    for setting in settings {
      if setting.isOfFile, try isReplaced(setting, of: file, chosen: chosen, standard: standard) { continue }
      left.append(setting)
    }
    return left
  }

  /// Whether a setting goes with what was replaced; its key is then listed, unless it was no more than a line of the file.
  private mutating func isReplaced(
    _ setting: ConfigurationSetting, of file: OwnConfiguration, chosen: RunConfiguration, standard: RunConfiguration
  ) throws(UserError) -> Bool {
    guard !OwnConfiguration.names.contains(setting.key) else { return false }
    guard let old = file.whole.entry(setting.key) else {
      if Self.listedByEarlierVersions[setting.key] == setting.text { return true }
      // A key of a chosen part, or of none.
      if chosen.entry(setting.key) == nil { throw setting.withoutUse(in: chosen, catalog: catalog) }
      return false
    }
    // A part that nobody chose is as the task and the algorithm have it.
    if old.key.kind != nil, !file.choices.contains(setting.key) { return true }
    let isDefault = file.standard[setting.key] == file.whole.text(old) && old.key.kind == nil
    guard let new = chosen.entry(setting.key), old.isSameProperty(as: new), old.isUsed == new.isUsed || isDefault else {
      if old.isUsed { dropped.append(setting.key) }
      return old.isUsed || isDefault
    }
    // What nobody chose is as the chosen parts have it.
    guard isDefault, let usual = standard.entry(setting.key), standard.text(usual) != file.whole.text(old) else {
      return isDefault && !new.isUsed
    }
    if old.isUsed { dropped.append(setting.key) }
    return true
  }

  /// Whether a setting of the file that the run has no use for is no more than a line with the usual value, as earlier
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

  /// What to tell of the keys that went; nil for none.
  var note: String? {
    guard let file, !dropped.isEmpty else { return nil }
    let reason = replaced.isEmpty ? "the other settings leave no use for them" : replaced.joined(separator: ", ")
    return "\(file.path): dropped \(dropped.joined(separator: ", ")): \(reason)"
  }
}

/// What a file says by itself.
private struct OwnConfiguration {
  /// Where the file is.
  let path: String
  /// All that it says; what it leaves open is as the other settings have it.
  let whole: RunConfiguration
  /// The same parts, with the values of those that nobody set.
  let standard: RunConfiguration
  /// The keys by which the file chooses other parts than its task and its algorithm bring.
  let choices: Set<String>

  /// The keys that choose a task and an algorithm.
  static let names = [RunConfiguration.taskKey.name, RunConfiguration.algorithmKey.name]

  /// - Parameter settings: those of a file, if any, and others.
  init?(_ settings: [ConfigurationSetting], catalog: Catalog) throws(UserError) {
    let own = settings.filter(\.isOfFile)
    guard case .file(let path, _)? = own.first?.origin else { return nil }
    let open = settings.filter { setting in
      Self.names.contains(setting.key) && !setting.isOfFile && !own.contains { $0.key == setting.key }
    }
    let whole = try RunConfiguration(resolving: open + own, catalog: catalog)
    let bare = try RunConfiguration(
      resolving: (open + own).filter { Self.names.contains($0.key) }, catalog: catalog)
    self.path = path
    self.whole = whole
    standard = whole.standard(catalog)
    choices = Set(
      whole.allEntries.filter { $0.key.kind != nil && bare[$0.key.name] != whole.text($0) }.map(\.key.name)
    ).union(Self.names)
  }

  /// The choices that `other` makes in place of the file's, in a user's words.
  func replacements(by other: RunConfiguration) -> [String] {
    whole.entries.filter { $0.key.kind != nil }.compactMap { entry in
      guard let new = other.entry(entry.key.name), new.key.kind == entry.key.kind,
        other.text(new) != whole.text(entry)
      else { return nil }
      return "\(other.text(new).description) replaces \(whole.text(entry).description)"
    }
  }
}
