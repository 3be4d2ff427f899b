import Foundation

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
      let items = value.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
      text = .list(items.map { $0.trimmingSpaces })
    } else {
      text = .scalar(String(value))
    }
  }

  /// How an error message about this setting begins, and what it exits with.
  var place: (prefix: String, status: UserError.Status) {
    switch origin {
    case .flag(let flag): ("\(flag) \(text.description): ", .usage)
    case .set: ("--set \(key)=\(text.description): ", .usage)
    case .file(let path, let line): ("\(path):\(line): ", .configuration)
    }
  }

  /// The entry of the key.
  /// - Throws: `UserError` with the nearest name where there is none.
  func entry() throws(UserError) -> ConfigurationKey {
    if let entry = ConfigurationKey.named(key) { return entry }
    throw .unknownName(
      "key", key, known: ConfigurationKey.all.map(\.name), prefix: place.prefix, status: place.status)
  }

  /// Stores the value in `configuration`.
  /// - Throws: `UserError` that names the key, what was expected and what was found.
  func apply(to configuration: inout RunConfiguration, catalog: Catalog) throws(UserError) {
    let entry = try entry()
    guard entry.assign(text, &configuration) else { throw wrongValue(of: entry) }
    switch key {
    case "task":
      _ = try catalog.task(named: configuration.task, prefix: place.prefix, status: place.status)
    case "algorithm":
      _ = try catalog.algorithm(named: configuration.algorithm, prefix: place.prefix, status: place.status)
    case "model" where !configuration.model.isEmpty && !configuration.model.hasPrefix("/"):
      // A resumed run may start in another folder.
      configuration.model = FileManager.default.currentDirectoryPath + "/" + configuration.model
    default: break
    }
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
