public import Parts

/// A key, the value that a user gave it, and the place where the value was given.
public struct ConfigurationSetting: Sendable {
  /// The place where a value was given: an error message begins with it, and the exit status depends on it.
  public enum Origin: Sendable {
    /// A dedicated flag, such as `--seed`.
    case flag(String)
    /// The flag `--set key=value`.
    case set
    /// A line `key=value` of a program that calls this one as a library.
    case pair
    /// A preset of a name.
    case preset(String)
    /// A line of a configuration file.
    case file(path: String, line: Int)
  }

  /// The name of the key, which need not exist.
  public let key: String
  /// The value, not yet validated.
  public let text: SettingText
  /// The place where the value was given.
  public let origin: Origin

  /// Creates a setting, which is not yet validated.
  public init(key: String, text: SettingText, origin: Origin) {
    self.key = Self.presentName(key)
    self.text = text
    self.origin = origin
  }

  /// The names that keys had in earlier versions, with those that they have now.
  private static let renamedKeys = ["outer_optimizer": "outer_step"]

  /// Returns the present name of a key, which a file of an earlier version may name otherwise.
  static func presentName(_ key: String) -> String { renamedKeys[key] ?? key }

  /// Returns the setting that the flag `--data` gives.
  static func data(_ folder: String) -> ConfigurationSetting {
    ConfigurationSetting(key: "data", text: .scalar(folder), origin: .flag("--data"))
  }

  /// Creates a setting from `key=value`, the argument of `--set`. A value in brackets is a list.
  /// - Throws: `UserError` where there is no `=`.
  public init(argument: String) throws(UserError) {
    try self.init(argument, origin: .set, prefix: "--set ")
  }

  /// Creates a setting from a line `key=value` of a program that calls this one as a library. A value in brackets is a list.
  /// - Throws: `UserError` where there is no `=`.
  public init(pair: String) throws(UserError) { try self.init(pair, origin: .pair, prefix: "") }

  private init(_ argument: String, origin: Origin, prefix: String) throws(UserError) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
      throw UserError("\(prefix)\(argument): expected key=value", status: .usage)
    }
    key = Self.presentName(String(argument[..<equals]))
    let value = argument[argument.index(after: equals)...]
    self.origin = origin
    if value.hasPrefix("["), value.hasSuffix("]") {
      let inside = value.dropFirst().dropLast()
      let items = inside.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
      text = .list(items == [""] ? [] : items)
    } else {
      text = .scalar(String(value))
    }
  }

  /// Whether the setting comes from a preset.
  var isOfPreset: Bool { if case .preset = origin { true } else { false } }

  /// Whether the setting comes from a file.
  var isOfFile: Bool { if case .file = origin { true } else { false } }

  /// The beginning of an error message about this setting, and the exit status of the error.
  var place: (prefix: String, status: UserError.Status) {
    switch origin {
    case .flag(let flag): ("\(flag) \(text.description.isEmpty ? "''" : text.description): ", .usage)
    case .preset(let name): ("preset \(name), \(key)=\(text.description): ", .usage)
    case .set: ("--set \(key)=\(text.description): ", .usage)
    case .pair: ("\(key)=\(text.description): ", .usage)
    case .file(let path, let line): ("\(path):\(line): ", .configuration)
    }
  }

  private func name(of kind: PartKind) throws(UserError) -> String {
    guard case .scalar(let name) = text, !name.isEmpty else {
      let found = text.description.isEmpty ? "an empty one" : "'\(text.description)'"
      throw UserError(
        "\(place.prefix)expected the name of one of the \(kind.plural) that `\(ProgramName.current) list \(kind.plural)` "
          + "tells, found \(found)", status: place.status)
    }
    return name
  }

  /// Returns the family of tasks that the value names.
  func task(in catalog: Catalog) throws(UserError) -> any TaskFamily {
    try catalog.task(named: name(of: .task), prefix: place.prefix, status: place.status)
  }

  /// Returns the algorithm that the value names.
  func algorithm(in catalog: Catalog) throws(UserError) -> any Part {
    try catalog.algorithm(named: name(of: .algorithm), prefix: place.prefix, status: place.status)
  }

  /// Stores the value in `configuration`.
  /// - Throws: `UserError` that names the key, what was expected and what was found.
  package func apply(
    _ entry: RunConfiguration.Entry, to configuration: inout RunConfiguration, catalog: Catalog
  ) throws(UserError) {
    var text = text
    if entry.key.path != nil, case .scalar(let path) = text, !path.isEmpty {
      text = .scalar(StoredFile.absolutePath(path, in: folder))
    }
    let parts = entry.key.kind.map(catalog.parts) ?? []
    guard configuration.assign(entry, text, parts: parts) else { throw wrongValue(of: entry.key, parts: parts) }
  }

  /// The folder that a relative path starts from: the folder of the file that names it, so that a run folder can be moved,
  /// or the working directory of the command.
  private var folder: String {
    if case .file(let path, _) = origin { StoredFile.folder(of: path) } else { "" }
  }

  private func wrongValue(of key: Key, parts: [any Part]) -> UserError {
    let (prefix, status) = place
    let choices = key.kind == nil ? key.choices : parts.map(\.card.name)
    let expectation = key.kind == nil ? key.expectation : "one of \(choices.joined(separator: ", "))"
    var message = "\(prefix)\(key.name): expected \(expectation), found '\(text.description)'"
    if case .scalar(let scalar) = text, let nearest = nearestName(to: scalar, among: choices) {
      message += "; did you mean '\(nearest)'?"
    }
    return UserError(message, status: status)
  }

  /// Returns the error for a setting that a run does not use, or whose key does not exist.
  package func withoutUse(in configuration: RunConfiguration, catalog: Catalog) -> UserError {
    let (prefix, status) = place
    if let entry = configuration.allEntries.first(where: { $0.key.name == key }) {
      return UserError(
        "\(prefix)\(configuration.algorithmName) as it is set does not use \(key)"
          + configuration.remedy(forUnused: entry, catalog: catalog), status: status)
    }
    let known = configuration.allEntries.filter { $0.isUsed || $0.key.condition != nil }.map(\.key.name)
    let owners = catalog.owners(of: key)
    guard !owners.isEmpty else { return .unknownName("key", key, known: known, prefix: prefix, status: status) }
    return UserError(
      "\(prefix)\(configuration.algorithmName) on \(configuration.taskName) has no key \(key), which belongs to "
        + owners.joined(separator: ", ") + "; leave it out, or choose what has it", status: status)
  }
}

extension RunConfiguration {
  /// Returns the end of the line that says that the run does not use a key: when it has an effect, and what to do.
  fileprivate func remedy(forUnused entry: Entry, catalog: Catalog) -> String {
    if let slot = entry.slot, !slots[slot].isUsed(algorithm) {
      let others = catalog.algorithms.filter(slots[slot].isUsed)
      return others.first.map { "; leave it out, or choose an algorithm that does, such as \($0.card.name)" }
        ?? "; leave it out"
    }
    guard let condition = entry.key.condition else { return "; leave it out" }
    return ", which counts \(condition); leave it out, or change what it depends on"
  }
}
