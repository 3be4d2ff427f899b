public import Parts

/// A key, the value that someone gave it, and where.
public struct ConfigurationSetting: Sendable {
  /// Where a value was given: it leads an error message and decides the exit code.
  public enum Origin: Sendable {
    /// A flag of its own, such as `--seed`.
    case flag(String)
    /// `--set key=value`.
    case set
    /// A line of a configuration file.
    case file(path: String, line: Int)
  }

  /// A name that may not be a key's.
  public let key: String
  /// The value, not yet checked.
  public let text: SettingText
  /// Where it was given.
  public let origin: Origin

  /// Creates a setting; nothing is checked yet.
  public init(key: String, text: SettingText, origin: Origin) {
    self.key = key
    self.text = text
    self.origin = origin
  }

  /// The setting of a flag `--data`.
  static func data(_ folder: String) -> ConfigurationSetting {
    ConfigurationSetting(key: "data", text: .scalar(folder), origin: .flag("--data"))
  }

  /// Reads `key=value`, the argument of `--set`. A value in brackets is a list.
  /// - Throws: `UserError` where there is no `=`.
  public init(argument: String) throws(UserError) {
    guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
      throw UserError("--set \(argument): expected key=value", status: .usage)
    }
    key = String(argument[..<equals])
    let value = argument[argument.index(after: equals)...]
    origin = .set
    if value.hasPrefix("["), value.hasSuffix("]") {
      let inside = value.dropFirst().dropLast()
      let items = inside.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
      text = .list(items == [""] ? [] : items)
    } else {
      text = .scalar(String(value))
    }
  }

  /// Whether a file has it.
  var isOfFile: Bool { if case .file = origin { true } else { false } }

  /// How an error message about this setting begins, and what it exits with.
  var place: (prefix: String, status: UserError.Status) {
    switch origin {
    case .flag(let flag): ("\(flag) \(text.description.isEmpty ? "''" : text.description): ", .usage)
    case .set: ("--set \(key)=\(text.description): ", .usage)
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

  /// The family of tasks that the value names.
  func task(in catalog: Catalog) throws(UserError) -> any TaskFamily {
    try catalog.task(named: name(of: .task), prefix: place.prefix, status: place.status)
  }

  /// The algorithm that the value names.
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

  /// Where a relative path begins: in the folder of the file that names it, so that a run folder can be moved, or where
  /// the command was given.
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

  /// What is to be said of a setting that a run does not look at, or that there is not.
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
  /// How the line ends that says of a key that the run does not use it: when it counts, and what to do.
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
