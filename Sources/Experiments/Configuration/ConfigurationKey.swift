/// A value as it stands in a file or on a command line, before it has a type.
public enum ConfigurationText: Equatable, Sendable {
  case scalar(String)
  case list([String])

  /// The value as YAML flow text.
  var description: String {
    switch self {
    case .scalar(let text): text
    case .list(let items): "[" + items.joined(separator: ", ") + "]"
    }
  }
}

/// One key of a configuration: how it is called, what it may be, and where it lives in `RunConfiguration`.
public struct ConfigurationKey: Sendable {
  /// What a resumed run may do with the key.
  public enum ResumeRule: Sendable {
    /// The run would not be the same: a contradiction is refused.
    case fixed
    /// The value may grow: a run is extended.
    case mayGrow
    /// The result does not depend on it.
    case free
  }

  /// The name in `config.yaml` and `--set`.
  public let name: String
  /// The heading that it stands under in `config.yaml`, where a new one begins.
  public let section: String?
  /// One line: what it is, its unit, and where its default departs from the published one, why.
  public let comment: String
  /// What it may be, for error messages: "a number from 0 to 1".
  public let expectation: String
  /// The names that it may be, where it is a choice.
  public let choices: [String]
  /// The algorithms that it means something to; nil for all.
  public let use: KeyUse?
  /// Defaults that an algorithm brings, by its name.
  public let algorithmDefaults: [String: ConfigurationText]
  /// What a resumed run may do with it.
  public let resume: ResumeRule
  /// Its value as text that `assign` takes.
  public let read: @Sendable (RunConfiguration) -> ConfigurationText
  /// Stores a value; false where the text is not as expected.
  let assign: @Sendable (ConfigurationText, inout RunConfiguration) -> Bool
}

/// What every kind of key is given.
struct KeyDescription {
  var name: String
  var section: String?
  var comment: String
  var resume = ConfigurationKey.ResumeRule.fixed
  var use: KeyUse?

  init(_ name: String, section: String? = nil, resume: ConfigurationKey.ResumeRule = .fixed, _ comment: String) {
    self.name = name
    self.section = section
    self.comment = comment
    self.resume = resume
  }

  /// The same for some algorithms only, whose names then stand behind the comment.
  func used(by first: String, _ others: String..., if condition: KeyUse.Condition? = nil) -> KeyDescription {
    limited(to: KeyUse(algorithms: [first] + others, isExclusion: false, condition: condition))
  }

  /// The same for all algorithms but some.
  func unused(by algorithms: String..., if condition: KeyUse.Condition? = nil) -> KeyDescription {
    limited(to: KeyUse(algorithms: algorithms, isExclusion: true, condition: condition))
  }

  /// The same for all algorithms where the condition holds, whose text then stands behind the comment.
  func used(if condition: KeyUse.Condition) -> KeyDescription {
    limited(to: KeyUse(algorithms: [], isExclusion: true, condition: condition))
  }

  private func limited(to use: KeyUse) -> KeyDescription {
    var limited = self
    limited.use = use
    limited.comment += " (\(use.algorithms.isEmpty ? use.condition?.text ?? use.names : use.names))"
    return limited
  }
}

extension ConfigurationKey {
  typealias Path<Value> = WritableKeyPath<RunConfiguration, Value> & Sendable

  private init<Value>(
    _ key: KeyDescription, _ path: any Path<Value>, expectation: String, choices: [String] = [],
    defaults: [String: Value], write: @escaping @Sendable (Value) -> ConfigurationText,
    parse: @escaping @Sendable (ConfigurationText) -> Value?
  ) {
    name = key.name
    section = key.section
    comment = key.comment
    use = key.use
    resume = key.resume
    self.expectation = expectation
    self.choices = choices
    algorithmDefaults = defaults.mapValues(write)
    read = { write($0[keyPath: path]) }
    assign = { text, configuration in
      guard let value = parse(text) else { return false }
      configuration[keyPath: path] = value
      return true
    }
  }

  /// A number in a closed range; `above` instead of `range.lowerBound` where the bound itself is not allowed.
  static func real(
    _ key: KeyDescription, _ path: any Path<Double>, in range: ClosedRange<Double>, excludingLowerBound: Bool = false,
    defaults: [String: Double] = [:]
  ) -> ConfigurationKey {
    let lower = "\(excludingLowerBound ? "above" : "from") \(range.lowerBound.shortText)"
    return ConfigurationKey(
      key, path, expectation: "a number \(lower) to \(range.upperBound.shortText)", defaults: defaults,
      write: { .scalar($0.shortText) },
      parse: { text in
        guard case .scalar(let scalar) = text, let value = Double(scalar), range.contains(value),
          !(excludingLowerBound && value == range.lowerBound)
        else { return nil }
        return value
      })
  }

  /// A whole number in a closed range.
  static func integer(
    _ key: KeyDescription, _ path: any Path<Int>, in range: ClosedRange<Int>, defaults: [String: Int] = [:]
  ) -> ConfigurationKey {
    ConfigurationKey(
      key, path, expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)", defaults: defaults,
      write: { .scalar(String($0)) },
      parse: { text in
        guard case .scalar(let scalar) = text, let value = Int(scalar), range.contains(value) else { return nil }
        return value
      })
  }

  /// A list of whole numbers, each in a closed range; on a command line also `64,64`.
  static func integers(
    _ key: KeyDescription, _ path: any Path<[Int]>, each range: ClosedRange<Int>, count: ClosedRange<Int>,
    defaults: [String: [Int]] = [:]
  ) -> ConfigurationKey {
    ConfigurationKey(
      key, path,
      expectation: "a list of \(count.lowerBound) to \(count.upperBound) whole numbers from "
        + "\(range.lowerBound) to \(range.upperBound), such as [64, 64]",
      defaults: defaults, write: { .list($0.map(String.init)) },
      parse: { text in
        let items =
          switch text {
          case .list(let items): items
          case .scalar(let scalar): scalar.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
          }
        let values = items.compactMap { Int($0) }.filter(range.contains)
        return values.count == items.count && count.contains(values.count) ? values : nil
      })
  }

  /// A list of names; on a command line also `hidden1,output`. Whether there are such things is checked elsewhere.
  static func names(_ key: KeyDescription, _ path: any Path<[String]>) -> ConfigurationKey {
    ConfigurationKey(
      key, path, expectation: "a name or a list of names, such as [hidden1, output]", defaults: [:],
      write: { .list($0) },
      parse: { text in
        let items =
          switch text {
          case .list(let items): items
          case .scalar(let scalar): scalar.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmingSpaces)
          }
        return items.isEmpty || items.contains("") ? nil : items
      })
  }

  /// Yes or no.
  static func flag(_ key: KeyDescription, _ path: any Path<Bool>, defaults: [String: Bool] = [:]) -> ConfigurationKey {
    ConfigurationKey(
      key, path, expectation: "true or false", choices: ["true", "false"], defaults: defaults,
      write: { .scalar(String($0)) },
      parse: { text in
        guard case .scalar(let scalar) = text else { return nil }
        return Bool(scalar)
      })
  }

  /// One name of a few.
  static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ key: KeyDescription, _ path: any Path<Value>, defaults: [String: Value] = [:]
  ) -> ConfigurationKey {
    let names = Value.allCases.map(\.rawValue)
    return ConfigurationKey(
      key, path, expectation: "one of \(names.joined(separator: ", "))", choices: names, defaults: defaults,
      write: { .scalar($0.rawValue) },
      parse: { text in
        guard case .scalar(let scalar) = text else { return nil }
        return Value(rawValue: scalar)
      })
  }

  /// Any text.
  static func text(
    _ key: KeyDescription, _ path: any Path<String>, defaults: [String: String] = [:]
  ) -> ConfigurationKey {
    ConfigurationKey(
      key, path, expectation: "a text", defaults: defaults, write: { .scalar($0) },
      parse: { text in
        guard case .scalar(let scalar) = text else { return nil }
        return scalar
      })
  }
}

extension Double {
  /// The shortest text that reads back as the same number, without the `.0` of a whole one.
  var shortText: String {
    let text = description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
