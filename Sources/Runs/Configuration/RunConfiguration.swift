public import Parts

/// The configuration on which a run depends: its task family, its algorithm and the other parts, with their settings.
///
/// The keys of a configuration are the union of the settings of its parts; `config.yaml` lists exactly those.
public struct RunConfiguration: Sendable {
  /// The parts in the order of `config.yaml`.
  public internal(set) var slots: [RunSlot]
  /// The family of tasks, which is one of the parts.
  public var family: any TaskFamily { part(where: { $0 as? any TaskFamily }, "task family") }
  /// The algorithm, which is one of the parts.
  public var algorithm: any Part { slots[algorithmSlot].part }
  /// The index of the algorithm among the parts.
  let algorithmSlot: Int

  /// Creates the configuration of parts with their initial values.
  /// - Parameter algorithm: the index of the algorithm among `slots`.
  init(slots: [RunSlot], algorithm: Int) {
    self.slots = slots
    algorithmSlot = algorithm
  }

  /// The name of the family of tasks.
  public var taskName: String { family.card.name }
  /// The name of the algorithm.
  public var algorithmName: String { algorithm.card.name }
  /// The settings that every run has, on which its result depends.
  public var run: RunSettings { self[RunSettings.self] }
  /// The settings that every run has, which control its execution.
  public var running: RunningSettings { self[RunningSettings.self] }

  /// The part of a type, which must be one of the run's.
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

  /// The value of a key that the run uses, as text; nil where there is no such key.
  public subscript(key: String) -> SettingText? { entries.first { $0.key.name == key }.map(text) }
}

// Keys and their values.
extension RunConfiguration {
  /// A key and its location in the configuration.
  package struct Entry: Sendable {
    /// The key of the entry.
    package let key: Key
    /// The heading of the key's section.
    let title: String
    /// The part that declares the key.
    let owner: any Part
    /// Whether the run uses the key, given its present settings.
    let isUsed: Bool
    /// The index of the part that leads to the key; nil for a key of the configuration itself.
    let slot: Int?
    /// The keys that choose the part that declares the key, starting from the part at `slot`.
    fileprivate let path: [String]

    /// Whether the algorithm, or a part that it chooses, declares the key.
    package let isOfAlgorithm: Bool

    /// Returns whether both entries are one property, whose value is kept where one part replaces the other. Parts may
    /// give one name to several things: a robot and a network are both a `model`. A key belongs to its part alone, unless
    /// it is common.
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

  /// The entries of all keys, used or not, in the order of `config.yaml`.
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

  /// Returns the entry of the key with a name, used or not; nil where there is none.
  func entry(_ name: String) -> Entry? { allEntries.first { $0.key.name == name } }

  /// The entries of the keys that the run uses, in the order of `config.yaml`.
  package var entries: [Entry] { allEntries.filter(\.isUsed) }

  /// The entries of the keys that the run uses, of some of its parts and of those that these choose.
  package func entries(ofParts isWanted: (any Part) -> Bool) -> [Entry] {
    entries.filter { entry in entry.slot.map { isWanted(slots[$0].part) } ?? false }
  }

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

  /// The names of the keys that choose the task and the algorithm, for which no part can propose a value.
  static let ownKeys = [taskKey.name, algorithmKey.name]

  /// Returns the value of an entry of this configuration.
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
  /// - Returns: false where the key does not accept the text.
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
    // The present part keeps its settings where it is chosen again.
    if part.chosenPart(key.name)?.card.name == name { return part }
    guard let chosen = parts.first(where: { $0.card.name == name }) else { return nil }
    return part.choose(key.name, chosen) ? part : nil
  }
}

extension RunConfiguration: Equatable {
  /// Returns whether every key that either configuration uses has the same value in both.
  public static func == (left: RunConfiguration, right: RunConfiguration) -> Bool {
    let (own, other) = (left.entries, right.entries)
    return own.elementsEqual(other) { $0.key.name == $1.key.name && left.text($0) == right.text($1) }
  }
}

// The user's files that settings name.
extension RunConfiguration {
  /// A file that a setting names.
  struct UserFile: Sendable {
    /// The key of the setting.
    let key: String
    /// The path of the file.
    let path: String
    /// The largest size in bytes that is read and copied.
    let largestSize: Int

    /// The name of a run's copy of the file.
    var copyName: String {
      let name = path.split(separator: "/").last ?? ""
      return key + (name.lastIndex(of: ".").map { String(name[$0...]) } ?? "")
    }
  }

  /// The files that settings name.
  var userFiles: [UserFile] {
    entries.compactMap { entry in
      guard let kind = entry.key.path, kind.isOfFile else { return nil }
      let path = text(entry).description
      let largestSize = kind == .checkpoint ? Safetensors.largestFile : RunIdentity.largestFile
      return path.isEmpty ? nil : UserFile(key: entry.key.name, path: path, largestSize: largestSize)
    }
  }

  /// Sets another path for a file.
  mutating func set(_ file: UserFile, to path: String) {
    guard let entry = entries.first(where: { $0.key.name == file.key }), assign(entry, .scalar(path), parts: []) else {
      preconditionFailure("a configuration with a file has its key \(file.key)")
    }
  }
}
