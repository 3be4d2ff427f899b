/// One key of a part: its name, its values, its comment, and the property of the part that holds it.
public struct Setting<Owner: Sendable>: Sendable {
  /// A property of the part that can be written.
  public typealias Path<Value> = WritableKeyPath<Owner, Value> & Sendable

  /// The description of the key for people and programs.
  public private(set) var key: Key
  let read: @Sendable (Owner) -> SettingText
  let write: @Sendable (SettingText, inout Owner) -> Bool
  /// The part that the key chooses, where it chooses one.
  private(set) var choice: PartChoice<Owner>?
  private(set) var isUsed: @Sendable (Owner) -> Bool = { _ in true }

  private init<Value>(
    _ name: String, _ path: any Path<Value>, expects: String, choices: [String] = [], _ comment: String,
    text: @escaping @Sendable (Value) -> SettingText, value: @escaping @Sendable (SettingText) -> Value?
  ) {
    key = Key(name: name, comment: comment, expectation: expects, choices: choices)
    read = { text($0[keyPath: path]) }
    write = { given, owner in
      guard let found = value(given) else { return false }
      owner[keyPath: path] = found
      return true
    }
  }
}

// Settings by the type of their values.
extension Setting {
  /// Creates a setting whose value is a number in a closed range, or above its lower bound where that bound is excluded.
  public init(
    _ name: String, _ path: any Path<Double>, in range: ClosedRange<Double>, excludingLowerBound: Bool = false,
    _ comment: String
  ) {
    let lower = "\(excludingLowerBound ? "above" : "from") \(range.lowerBound.shortText)"
    self.init(
      name, path, expects: "a number \(lower) to \(range.upperBound.shortText)", comment,
      text: { .scalar($0.shortText) },
      value: { text in
        guard let value = text.scalar.flatMap({ Double($0) }), range.contains(value),
          !(excludingLowerBound && value == range.lowerBound)
        else { return nil }
        return value
      })
  }

  /// Creates a setting whose value is a whole number in a closed range.
  public init(_ name: String, _ path: any Path<Int>, in range: ClosedRange<Int>, _ comment: String) {
    self.init(
      name, path, expects: "a whole number from \(range.lowerBound) to \(range.upperBound)", comment,
      text: { .scalar(String($0)) },
      value: { text in
        guard let value = text.scalar.flatMap({ Int($0) }), range.contains(value) else { return nil }
        return value
      })
  }

  /// Creates a setting whose value is a list of whole numbers, each in a closed range; a command line may also give it as
  /// `64,64`.
  public init(
    _ name: String, _ path: any Path<[Int]>, each range: ClosedRange<Int>, count: ClosedRange<Int>, _ comment: String
  ) {
    self.init(
      name, path,
      expects: "a list of \(count.lowerBound) to \(count.upperBound) whole numbers from "
        + "\(range.lowerBound) to \(range.upperBound), such as [64, 64]", comment,
      text: { .list($0.map(String.init)) },
      value: { text in
        let values = text.items.compactMap { Int($0) }.filter(range.contains)
        return values.count == text.items.count && count.contains(values.count) ? values : nil
      })
  }

  /// Creates a setting whose value is a list of numbers, each in a closed range; a command line may also give it as
  /// `1,0.5`.
  public init(
    _ name: String, _ path: any Path<[Double]>, each range: ClosedRange<Double>, count: ClosedRange<Int>,
    _ comment: String
  ) {
    self.init(
      name, path,
      expects: "a list of \(count.lowerBound) to \(count.upperBound) numbers from \(range.lowerBound.shortText) to "
        + "\(range.upperBound.shortText), such as [1, 0.5]", comment,
      text: { .list($0.map(\.shortText)) },
      value: { text in
        let values = text.items.compactMap { Double($0) }.filter(range.contains)
        return values.count == text.items.count && count.contains(values.count) ? values : nil
      })
  }

  /// Creates a setting whose value is a list of names; a command line may also give it as `hidden1,output`. Whether the
  /// names exist is checked elsewhere.
  public init(names name: String, _ path: any Path<[String]>, _ comment: String) {
    self.init(
      name, path, expects: "a name or a list of names, such as [hidden1, output]", comment,
      text: { .list($0) },
      value: { text in text.items.isEmpty || text.items.contains("") ? nil : text.items })
  }

  /// Creates a setting whose value is a truth value.
  public init(_ name: String, _ path: any Path<Bool>, _ comment: String) {
    self.init(
      name, path, expects: "true or false", choices: ["true", "false"], comment,
      text: { .scalar(String($0)) }, value: { $0.scalar.flatMap { Bool($0) } })
  }

  /// Creates a setting whose value is one of the names of an enumeration.
  public init<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: any Path<Value>, _ comment: String
  ) {
    let names = Value.allCases.map(\.rawValue)
    self.init(
      name, path, expects: "one of \(names.joined(separator: ", "))", choices: names, comment,
      text: { .scalar($0.rawValue) }, value: { $0.scalar.flatMap { Value(rawValue: $0) } })
  }

  /// Creates a setting whose value is the path of a user's file on whose contents the run depends; empty for no file.
  public init(file name: String, _ path: any Path<String>, _ comment: String) {
    self.init(name, path, expects: "a text", comment, text: { .scalar($0) }, value: \.scalar)
    key.path = .file
  }

  /// Creates a setting whose value is the path of a checkpoint on whose contents the run depends; empty for none.
  public init(checkpoint name: String, _ path: any Path<String>, _ comment: String) {
    self.init(name, path, expects: "a text", comment, text: { .scalar($0) }, value: \.scalar)
    key.path = .checkpoint
  }

  /// Creates a setting whose value is the path of a folder; empty for the default folder.
  public init(folder name: String, _ path: any Path<String>, _ comment: String) {
    self.init(name, path, expects: "a text", comment, text: { .scalar($0) }, value: \.scalar)
    key.path = .folder
  }

  /// Creates a setting that chooses a part of a kind by its name; the settings of that part follow those of this one.
  /// - Parameters:
  ///   - name: the key.
  ///   - path: a property that holds any part of the kind.
  ///   - kind: the kind of part that can be chosen.
  ///   - comment: one line for the help and for `config.yaml`.
  public init<Value: Sendable>(_ name: String, _ path: any Path<Value>, of kind: PartKind, _ comment: String) {
    let choice = PartChoice<Owner>(
      kind: kind, read: { $0[keyPath: path] as? any Part },
      write: { part, owner in
        guard let value = part as? Value else { return false }
        owner[keyPath: path] = value
        return true
      })
    key = Key(name: name, comment: comment, expectation: "a name", choices: [])
    key.kind = kind
    read = { .scalar(choice.read($0)?.card.name ?? "") }
    write = { _, _ in false }
    self.choice = choice
  }
}

// The modifiers of a setting, and the settings of nested values.
extension Setting {
  /// Returns the settings of a value that is a property of the part, as settings of the part.
  public static func settings<Inner: Configurable>(of path: any Path<Inner>) -> [Setting] {
    Inner.settings.map { Setting($0, at: path) }
  }

  /// Creates a setting of the part from a setting of a value that is a property of the part.
  public init<Inner>(_ inner: Setting<Inner>, at path: any Path<Inner>) {
    key = inner.key
    read = { inner.read($0[keyPath: path]) }
    write = { inner.write($0, &$1[keyPath: path]) }
    isUsed = { inner.isUsed($0[keyPath: path]) }
    choice = inner.choice.map { choice in
      PartChoice(
        kind: choice.kind, read: { choice.read($0[keyPath: path]) },
        write: { choice.write($0, &$1[keyPath: path]) })
    }
  }

  /// Returns the setting with the unit of its numbers, such as "tasks" or "s".
  public func measured(in unit: String) -> Setting {
    var setting = self
    setting.key.unit = unit
    return setting
  }

  /// Returns the setting with another rule for resumed runs.
  public func resumed(_ rule: Key.ResumeRule) -> Setting {
    var setting = self
    setting.key.resume = rule
    return setting
  }

  /// Returns the setting as one whose meaning is common to every part that has it: its value in a file is kept where a
  /// flag replaces one such part by another. Any other setting belongs to its part alone, whatever its name is.
  public func common() -> Setting {
    var setting = self
    setting.key.isCommon = true
    return setting
  }

  /// Returns the setting as one that runs of an earlier version lack.
  /// - Parameter value: the value for such a run; nil for the value that the key has where nobody sets it.
  public func addedLater(before value: SettingText? = nil) -> Setting {
    var setting = self
    setting.key.isNew = true
    setting.key.earlierValue = value
    return setting
  }

  /// Returns the setting as a condition under which results are obtained, such as the engine of a simulation or the rate
  /// at which a task adapts: an evaluation may take another value, and its report says so.
  public func asCondition() -> Setting {
    var setting = self
    setting.key.isCondition = true
    return setting
  }

  /// Returns the setting with a further condition: the part uses it only where `condition` holds, too.
  /// - Parameters:
  ///   - text: the condition in a user's words: "with cg_steps of 1 and more".
  ///   - condition: returns whether a part uses the key.
  public func used(_ text: String, if condition: @escaping @Sendable (Owner) -> Bool) -> Setting {
    var setting = self
    setting.key.condition = key.condition.map { "\($0), and \(text)" } ?? text
    setting.isUsed = { [isUsed] in isUsed($0) && condition($0) }
    return setting
  }
}

/// The accessors with which a key reads and chooses a part of its owner.
struct PartChoice<Owner>: Sendable {
  let kind: PartKind
  /// Returns the chosen part; nil where the property holds something other than a part.
  let read: @Sendable (Owner) -> (any Part)?
  /// Stores a part; returns false where the property cannot hold it.
  let write: @Sendable (any Part, inout Owner) -> Bool
}
