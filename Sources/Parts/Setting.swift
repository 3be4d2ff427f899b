/// One key of a part: its name, its values, its comment, and the property of the part that holds it.
public struct Setting<Owner: Sendable>: Sendable {
  /// A property of the part that can be written.
  public typealias Path<Value> = WritableKeyPath<Owner, Value> & Sendable

  /// What people and programs see of the key.
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

// The kinds of values.
extension Setting {
  /// A number in a closed range, or above its lower bound where that bound itself is excluded.
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

  /// A whole number in a closed range.
  public init(_ name: String, _ path: any Path<Int>, in range: ClosedRange<Int>, _ comment: String) {
    self.init(
      name, path, expects: "a whole number from \(range.lowerBound) to \(range.upperBound)", comment,
      text: { .scalar(String($0)) },
      value: { text in
        guard let value = text.scalar.flatMap({ Int($0) }), range.contains(value) else { return nil }
        return value
      })
  }

  /// A list of whole numbers, each in a closed range; on a command line also `64,64`.
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

  /// A list of names; on a command line also `hidden1,output`. Whether there are such things is checked elsewhere.
  public init(names name: String, _ path: any Path<[String]>, _ comment: String) {
    self.init(
      name, path, expects: "a name or a list of names, such as [hidden1, output]", comment,
      text: { .list($0) },
      value: { text in text.items.isEmpty || text.items.contains("") ? nil : text.items })
  }

  /// Yes or no.
  public init(_ name: String, _ path: any Path<Bool>, _ comment: String) {
    self.init(
      name, path, expects: "true or false", choices: ["true", "false"], comment,
      text: { .scalar(String($0)) }, value: { $0.scalar.flatMap { Bool($0) } })
  }

  /// One name of a few.
  public init<Value: RawRepresentable<String> & CaseIterable & Sendable>(
    _ name: String, _ path: any Path<Value>, _ comment: String
  ) {
    let names = Value.allCases.map(\.rawValue)
    self.init(
      name, path, expects: "one of \(names.joined(separator: ", "))", choices: names, comment,
      text: { .scalar($0.rawValue) }, value: { $0.scalar.flatMap { Value(rawValue: $0) } })
  }

  /// The path of a file of the user's, whose contents the run depends on; empty for none.
  public init(file name: String, _ path: any Path<String>, _ comment: String) {
    self.init(name, path, expects: "a text", comment, text: { .scalar($0) }, value: \.scalar)
    key.path = .file
  }

  /// The path of a folder; empty for the usual one.
  public init(folder name: String, _ path: any Path<String>, _ comment: String) {
    self.init(name, path, expects: "a text", comment, text: { .scalar($0) }, value: \.scalar)
    key.path = .folder
  }

  /// A part of a kind, chosen by its name; its settings follow those of this part.
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

// What holds beside the value.
extension Setting {
  /// The settings of a value that is a property of the part, as settings of the part.
  public static func settings<Inner: Configurable>(of path: any Path<Inner>) -> [Setting] {
    Inner.settings.map { Setting($0, at: path) }
  }

  /// A setting of a value that is a property of the part.
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

  /// The same key, whose numbers count or are measured in a unit, such as "tasks" or "s".
  public func measured(in unit: String) -> Setting {
    var setting = self
    setting.key.unit = unit
    return setting
  }

  /// The same key, which a resumed run may treat by another rule.
  public func resumed(_ rule: Key.ResumeRule) -> Setting {
    var setting = self
    setting.key.resume = rule
    return setting
  }

  /// The same key, which means the same for every part that has it: a value of a file stays where a flag puts one such part
  /// in the place of another. Any other setting of a part is its own, whatever it is called.
  public func common() -> Setting {
    var setting = self
    setting.key.isCommon = true
    return setting
  }

  /// The same key, which runs that an earlier version trained do not know: it is for them as where nobody sets it.
  public func addedLater() -> Setting {
    var setting = self
    setting.key.isNew = true
    return setting
  }

  /// The same key, whose value is a condition that results are found under, such as the engine of a simulation: an
  /// evaluation may take another value, and its report says so.
  public func asCondition() -> Setting {
    var setting = self
    setting.key.isCondition = true
    return setting
  }

  /// The same key, which the part looks at only where `condition` holds, too.
  /// - Parameters:
  ///   - text: the condition in a user's words: "with cg_steps of 1 and more".
  ///   - condition: says of a part whether it looks at the key.
  public func used(_ text: String, if condition: @escaping @Sendable (Owner) -> Bool) -> Setting {
    var setting = self
    setting.key.condition = key.condition.map { "\($0), and \(text)" } ?? text
    setting.isUsed = { [isUsed] in isUsed($0) && condition($0) }
    return setting
  }
}

/// How a key chooses a part of its owner.
struct PartChoice<Owner>: Sendable {
  let kind: PartKind
  /// The part that is chosen; nil where the property holds something else than a part.
  let read: @Sendable (Owner) -> (any Part)?
  /// Chooses a part, unless the property cannot hold it.
  let write: @Sendable (any Part, inout Owner) -> Bool
}
