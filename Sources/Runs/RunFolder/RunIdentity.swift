package import Parts

/// What every number of a run follows from: the keys of its configuration that it looks at and that a resumed run cannot
/// change. Workers,
/// intervals, the number of iterations and paths are no part of it; a file that a setting names is, by its contents, and
/// so are data, by what their family says of them.
package struct RunIdentity: Equatable, Sendable {
  /// By the key's name.
  package let values: [String: String]
  /// Those of the names that stand for data and are no keys.
  package let dataNames: Set<String>

  /// What the names begin with in a checkpoint.
  private static let prefix = "config."
  /// The data of a run that no checkpoint tells of.
  package static let unknownData = "unknown"
  /// A file that a setting names is small, such as a robot's.
  static let largestFile = 1 << 20

  /// Of a configuration, whose files and data are read.
  /// - Throws: `UserError` where they cannot be read.
  /// - Parameter other: where the data are, where they are looked for elsewhere than the configuration says.
  package init(_ configuration: RunConfiguration, dataOf other: RunConfiguration? = nil) throws(UserError) {
    var values = Self.values(of: configuration)
    for file in configuration.userFiles {
      values[file.key] = Fingerprint(of: try StoredFile.read(file.path, limit: Self.largestFile)).description
    }
    dataNames = Set(configuration.family.dataIdentityNames)
    for (name, bytes) in try (other ?? configuration).family.dataIdentity() {
      values[name] = Fingerprint(of: bytes).description
    }
    self.values = values
  }

  /// Of a run as its folder tells it, whether or not its data are on this machine: which data they were, its newest
  /// whole checkpoint knows; without one they are `unknownData`. A file that is gone is told apart by where it was.
  package init(_ configuration: RunConfiguration, storedIn folder: RunFolder) throws(UserError) {
    var values = Self.values(of: configuration)
    for file in configuration.userFiles {
      guard let bytes = try? StoredFile.read(file.path, limit: Self.largestFile) else { continue }
      values[file.key] = Fingerprint(of: bytes).description
    }
    let names = configuration.family.dataIdentityNames
    dataNames = Set(names)
    let stored = names.isEmpty ? nil : try folder.checkpoints.newestIdentity()
    for name in names { values[name] = stored?.values[name] ?? Self.unknownData }
    self.values = values
  }

  private init(values: [String: String], dataNames: Set<String> = []) {
    (self.values, self.dataNames) = (values, dataNames)
  }

  /// The keys of a configuration.
  private static func values(of configuration: RunConfiguration) -> [String: String] {
    let fixed = configuration.entries.filter { $0.key.resume == .fixed }
    return Dictionary(uniqueKeysWithValues: fixed.map { ($0.key.name, configuration.text($0).description) })
  }

  /// The same without some keys.
  package func removing(_ keys: [String]) -> RunIdentity {
    RunIdentity(values: values.filter { !keys.contains($0.key) }, dataNames: dataNames)
  }

  /// The first key that a checkpoint of another run has another value of; nil where it may be of this run. Earlier versions
  /// stored keys, too, that a run does not look at, and did not know all that there are.
  package func firstDifference(fromCheckpoint other: RunIdentity) -> (key: String, own: String, other: String)? {
    func restricted(_ first: RunIdentity, to second: RunIdentity) -> RunIdentity {
      RunIdentity(values: first.values.filter { second.values[$0.key] != nil || dataNames.contains($0.key) })
    }
    return restricted(self, to: other).firstDifference(from: restricted(other, to: self))
  }

  /// Takes the identity out of the metadata of a checkpoint.
  init(removingFrom metadata: inout [String: String]) {
    var values: [String: String] = [:]
    for (name, value) in metadata where name.hasPrefix(Self.prefix) {
      values[String(name.dropFirst(Self.prefix.count))] = value
      metadata[name] = nil
    }
    self.init(values: values)
  }

  /// As a checkpoint's metadata hold it.
  var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: values.map { (Self.prefix + $0.key, $0.value) })
  }

  /// The first key whose values differ, in the order of the alphabet, those that both have before the others; nil where none
  /// does.
  /// - Parameter ignored: a key that may differ.
  package func firstDifference(
    from other: RunIdentity, ignoring ignored: String? = nil
  ) -> (key: String, own: String, other: String)? {
    let common = Set(values.keys).intersection(other.values.keys)
    let single = Set(values.keys).symmetricDifference(other.values.keys)
    for key in common.sorted() + single.sorted() where key != ignored && values[key] != other.values[key] {
      return (key, values[key] ?? "nothing", other.values[key] ?? "nothing")
    }
    return nil
  }
}

extension RunIdentity: Hashable {
  package static func == (left: RunIdentity, right: RunIdentity) -> Bool { left.values == right.values }

  package func hash(into hasher: inout Hasher) { hasher.combine(values) }
}
