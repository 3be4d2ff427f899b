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
  public let text: ConfigurationText
  /// Where it was given.
  public let origin: Origin

  /// Creates a setting; nothing is checked yet.
  public init(key: String, text: ConfigurationText, origin: Origin) {
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
    case .flag(let flag): ("\(flag) \(text.description): ", .usage)
    case .set: ("--set \(key)=\(text.description): ", .usage)
    case .file(let path, let line): ("\(path):\(line): ", .configuration)
    }
  }

  /// The entry of the key.
  /// - Throws: `UserError` with the nearest name where there is none, or where it is a key of other tasks.
  func entry(for configuration: RunConfiguration) throws(UserError) -> ConfigurationKey {
    let kind = configuration.taskKind
    if let entry = ConfigurationKey.named(key, for: kind) { return entry }
    let known = ConfigurationKey.all(for: kind).map(\.name)
    if TaskKind.allCases.contains(where: { ConfigurationKey.named(key, for: $0) != nil }) {
      let hint = nearestName(to: key, among: known).map { "did you mean '\($0)'?" }
      throw UserError(
        "\(place.prefix)\(key) is no setting of \(configuration.task); "
          + (hint ?? "expected one of \(known.joined(separator: ", "))"), status: place.status)
    }
    throw .unknownName("key", key, known: known, prefix: place.prefix, status: place.status)
  }

  /// Stores the value in `configuration`.
  /// - Throws: `UserError` that names the key, what was expected and what was found.
  func apply(to configuration: inout RunConfiguration, catalog: Catalog) throws(UserError) {
    let entry = try entry(for: configuration)
    guard entry.assign(text, &configuration) else { throw wrongValue(of: entry) }
    switch key {
    case "task":
      // Its kind decides what the other keys are.
      configuration.taskKind =
        try catalog.task(named: configuration.task, prefix: place.prefix, status: place.status).kind
    case "algorithm":
      _ = try catalog.algorithm(named: configuration.algorithm, prefix: place.prefix, status: place.status)
    case "model" where !configuration.model.isEmpty:
      configuration.model = StoredFile.absolutePath(configuration.model, in: folder)
    case "data" where !configuration.data.isEmpty:
      configuration.data = StoredFile.absolutePath(configuration.data, in: folder)
    default: break
    }
  }

  /// Where a relative path begins: in the folder of the file that names it, so that a run folder can be moved, or where
  /// the command was given.
  private var folder: String {
    if case .file(let path, _) = origin { StoredFile.folder(of: path) } else { "" }
  }

  private func wrongValue(of entry: ConfigurationKey) -> UserError {
    let (prefix, status) = place
    var message = "\(prefix)\(entry.name): expected \(entry.expectation), found '\(text.description)'"
    if case .scalar(let scalar) = text, let nearest = nearestName(to: scalar, among: entry.choices) {
      message += "; did you mean '\(nearest)'?"
    }
    return UserError(message, status: status)
  }
}

extension Substring {
  var trimmingSpaces: String {
    let trailing = reversed().prefix { $0 == " " }.count
    return String(dropLast(trailing).drop { $0 == " " })
  }
}
