public import Parts

/// Everything that a run depends on: its task family, its algorithm and the other parts that these bring, as they are set.
///
/// The keys of a configuration are the union of the settings of its parts; `config.yaml` lists exactly those.
public struct RunConfiguration: Sendable {
  /// The parts in the order of `config.yaml`.
  public internal(set) var slots: [RunSlot]
  /// The family of tasks, one of the parts.
  public var family: any TaskFamily { part(where: { $0 as? any TaskFamily }, "task family") }
  /// The algorithm, one of the parts.
  public var algorithm: any Part { slots[algorithmSlot].part }
  /// Where the algorithm stands among the parts.
  let algorithmSlot: Int

  /// Creates the configuration of parts as they are at first.
  /// - Parameter algorithm: the place of the algorithm among `slots`.
  init(slots: [RunSlot], algorithm: Int) {
    self.slots = slots
    algorithmSlot = algorithm
  }

  /// The name of the family of tasks.
  public var taskName: String { family.card.name }
  /// The name of the algorithm.
  public var algorithmName: String { algorithm.card.name }
  /// What every run has.
  public var run: RunSettings { self[RunSettings.self] }
  /// How the run goes.
  public var running: RunningSettings { self[RunningSettings.self] }

  /// The part of a type.
  public subscript<Wanted: Part>(_ type: Wanted.Type) -> Wanted {
    get { part(where: { $0 as? Wanted }, "\(type)") }
    set {
      guard let index = slots.firstIndex(where: { $0.part is Wanted }) else {
        preconditionFailure("a run on \(taskName) has no \(type)")
      }
      slots[index].part = newValue
    }
  }

  private func part<Wanted>(where isWanted: (any Part) -> Wanted?, _ name: String) -> Wanted {
    for slot in slots { if let part = isWanted(slot.part) { return part } }
    preconditionFailure("a run has no \(name) among \(slots.map(\.title))")
  }

  /// The value of a key that the run looks at, as text; nil where there is none.
  public subscript(key: String) -> SettingText? { entries.first { $0.key.name == key }.map(text) }
}

// Keys and their values.
extension RunConfiguration {
  /// A key, and where in the configuration it is.
  package struct Entry: Sendable {
    /// The key.
    package let key: Key
    /// The heading that it stands under.
    let title: String
    /// The part that declares it.
    let owner: any Part
    /// Whether the run looks at it, as it is set.
    let isUsed: Bool
    /// The place of the part that leads to it, nil for a key of the configuration itself.
    let slot: Int?
    /// The keys that choose the part that declares it, from the part of its place on.
    fileprivate let path: [String]

    /// Whether the algorithm, or a part that it chooses, declares it.
    let isOfAlgorithm: Bool

    /// Whether both are one property, whose value stays where one part takes the other's place. Parts may give one name to
    /// several things: a robot and a network are both a `model`. What a part declares is its own, unless it is common.
    func isSameProperty(as other: Entry) -> Bool {
      guard key.path == other.key.path, key.kind == other.key.kind, key.choices == other.key.choices else {
        return false
      }
      if key.isCommon && other.key.isCommon { return true }
      // One part, or two values of one type, such as two data sets of images: their settings are the same declarations.
      return isOfAlgorithm == other.isOfAlgorithm
        && (owner.card.name == other.owner.card.name || type(of: owner) == type(of: other.owner))
    }
  }

  /// Every key, used or not, in the order of `config.yaml`.
  var allEntries: [Entry] {
    let own = [Self.taskKey, Self.algorithmKey].map { key in
      Entry(key: key, title: Self.ownTitle, owner: run, isUsed: true, slot: nil, path: [], isOfAlgorithm: false)
    }
    let algorithm = algorithm
    return own
      + slots.indices.flatMap { index in
        entries(of: slots[index].part, slot: index, path: [], isUsed: slots[index].isUsed(algorithm))
      }
  }

  /// The key of a name, used or not.
  func entry(_ name: String) -> Entry? { allEntries.first { $0.key.name == name } }

  /// The keys that the run looks at, in the order of `config.yaml`.
  package var entries: [Entry] { allEntries.filter(\.isUsed) }

  private func entries(of part: any Part, slot: Int, path: [String], isUsed: Bool) -> [Entry] {
    part.keys.flatMap { key in
      let isUsed = isUsed && part.isUsed(key.name)
      let own = Entry(
        key: key, title: slots[slot].title, owner: part, isUsed: isUsed, slot: slot, path: path,
        isOfAlgorithm: slot == algorithmSlot)
      guard let chosen = part.chosenPart(key.name) else { return [own] }
      return [own] + entries(of: chosen, slot: slot, path: path + [key.name], isUsed: isUsed)
    }
  }

  static let ownTitle = "What is learned, and how"
  static let taskKey = Key(
    choosing: .task, "task", "task family, see `\(ProgramName.current) list tasks`")
  static let algorithmKey = Key(
    choosing: .algorithm, "algorithm", "meta-learning algorithm, see `\(ProgramName.current) list algorithms`")

  /// The names of the keys that decide what the parts are, and which no part can propose a value for.
  static let ownKeys = [taskKey.name, algorithmKey.name]

  /// The value of an entry of this configuration.
  func text(_ entry: Entry) -> SettingText {
    guard let slot = entry.slot else {
      return .scalar(entry.key.kind == .task ? taskName : algorithmName)
    }
    guard let text = Self.owner(slots[slot].part, entry.path[...]).text(of: entry.key.name) else {
      preconditionFailure("\(entry.owner.card.name) has no key \(entry.key.name)")
    }
    return text
  }

  private static func owner(_ part: any Part, _ path: ArraySlice<String>) -> any Part {
    guard let first = path.first, let chosen = part.chosenPart(first) else { return part }
    return owner(chosen, path.dropFirst())
  }

  /// Stores the value of an entry that chooses no part of the configuration itself.
  /// - Parameter parts: the parts that an entry may choose.
  /// - Returns: false where the text is not as expected.
  mutating func assign(_ entry: Entry, _ text: SettingText, parts: [any Part]) -> Bool {
    guard let slot = entry.slot else { preconditionFailure("\(entry.key.name) decides what the parts are") }
    guard let part = Self.assigned(slots[slot].part, entry.path[...], entry.key, text, parts) else { return false }
    slots[slot].part = part
    return true
  }

  private static func assigned(
    _ part: any Part, _ path: ArraySlice<String>, _ key: Key, _ text: SettingText, _ parts: [any Part]
  ) -> (any Part)? {
    var part = part
    if let first = path.first {
      guard let chosen = part.chosenPart(first), let changed = assigned(chosen, path.dropFirst(), key, text, parts)
      else { return nil }
      return part.choose(first, changed) ? part : nil
    }
    guard key.kind != nil else { return part.assign(key.name, text) ? part : nil }
    guard case .scalar(let name) = text else { return nil }
    // The part that stands there keeps what it was set to.
    if part.chosenPart(key.name)?.card.name == name { return part }
    guard let chosen = parts.first(where: { $0.card.name == name }) else { return nil }
    return part.choose(key.name, chosen) ? part : nil
  }
}

extension RunConfiguration: Equatable {
  /// Whether every key that one of them looks at has the same value in both.
  public static func == (left: RunConfiguration, right: RunConfiguration) -> Bool {
    let (own, other) = (left.entries, right.entries)
    return own.elementsEqual(other) { $0.key.name == $1.key.name && left.text($0) == right.text($1) }
  }
}

// Files of the user's.
extension RunConfiguration {
  /// A file that a setting names.
  struct UserFile: Sendable {
    /// The setting's key.
    let key: String
    /// Where the file is.
    let path: String

    /// What a run's copy of the file is called.
    var copyName: String {
      let name = path.split(separator: "/").last ?? ""
      return key + (name.lastIndex(of: ".").map { String(name[$0...]) } ?? "")
    }
  }

  /// The files that settings name.
  var userFiles: [UserFile] {
    entries.filter { $0.key.path == .file }.compactMap { entry in
      let path = text(entry).description
      return path.isEmpty ? nil : UserFile(key: entry.key.name, path: path)
    }
  }

  /// Names another path for a file.
  mutating func set(_ file: UserFile, to path: String) {
    guard let entry = entries.first(where: { $0.key.name == file.key }), assign(entry, .scalar(path), parts: []) else {
      preconditionFailure("a configuration with a file has its key \(file.key)")
    }
  }
}
