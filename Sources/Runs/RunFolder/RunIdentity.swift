package import Parts

/// The values on which every number of a run depends: the keys of its configuration that it uses and that a resumed run
/// cannot change. The number of workers, intervals, the number of iterations and paths do not belong to it; the contents of
/// a file that a setting names belong to it, and so does the data identity of the task family.
package struct RunIdentity: Equatable, Sendable {
  /// The values, by the name of the key or of the data.
  package let values: [String: String]
  /// The names in `values` that identify data and are no keys.
  package let dataNames: Set<String>

  /// The prefix of the names in a checkpoint.
  private static let prefix = "config."
  /// The value for data of a run whose identity no checkpoint states.
  package static let unknownData = "unknown"
  /// The largest size in bytes of a file that a setting names, such as a robot's, but for checkpoints.
  static let largestFile = 1 << 20

  /// A key whose values differ in two runs.
  package struct Difference {
    /// The name of the key, or of the data.
    package let key: String
    /// The values of the two runs; empty where a run has none, as it has no initial checkpoint.
    fileprivate let own, other: String

    /// The value that a run has, in a message.
    package var ownText: String { own.isEmpty ? "none" : own }
    /// The value that the other run has, in a message.
    package var otherText: String { other.isEmpty ? "none" : other }
    /// The key and its value in a run, in a message: "init 0123", or "no init".
    package var ownWithKey: String { own.isEmpty ? "no \(key)" : "\(key) \(own)" }
    /// The key and its value in the other run, in a message.
    package var otherWithKey: String { other.isEmpty ? "no \(key)" : "\(key) \(other)" }
  }

  /// Creates the identity of a configuration, whose files and data are read.
  /// - Throws: `UserError` where the files or data cannot be read.
  /// - Parameter other: a configuration that says where the data are, if not `configuration` itself.
  package init(_ configuration: RunConfiguration, dataOf other: RunConfiguration? = nil) throws(UserError) {
    var values = Self.values(of: configuration)
    for file in configuration.userFiles {
      values[file.key] = Fingerprint(of: try StoredFile.read(file.path, limit: file.largestSize)).description
    }
    dataNames = Set(configuration.family.dataIdentityNames)
    for (name, bytes) in try (other ?? configuration).family.dataIdentity() {
      values[name] = Fingerprint(of: bytes).description
    }
    self.values = values
  }

  /// Creates the identity of a run from its folder, whether or not its data are on this machine: the newest whole
  /// checkpoint identifies the data; without a checkpoint they are `unknownData`. A missing file is identified by its path.
  package init(_ configuration: RunConfiguration, storedIn folder: RunFolder) throws(UserError) {
    var values = Self.values(of: configuration)
    for file in configuration.userFiles {
      guard let bytes = try? StoredFile.read(file.path, limit: file.largestSize) else { continue }
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

  /// Returns the values of the keys of a configuration that a run keeps to its end, without its files and data.
  package static func values(of configuration: RunConfiguration) -> [String: String] {
    let fixed = configuration.entries.filter { $0.key.resume == .fixed }
    return Dictionary(uniqueKeysWithValues: fixed.map { ($0.key.name, configuration.text($0).description) })
  }

  /// Returns the identity without some keys.
  package func removing(_ keys: [String]) -> RunIdentity {
    RunIdentity(values: values.filter { !keys.contains($0.key) }, dataNames: dataNames)
  }

  /// Returns the first key whose value differs from that in a checkpoint; nil where the checkpoint may be of this run.
  /// Earlier versions also stored keys that a run does not use, and did not have all present keys.
  package func firstDifference(fromCheckpoint other: RunIdentity) -> Difference? {
    func restricted(_ first: RunIdentity, to second: RunIdentity) -> RunIdentity {
      RunIdentity(values: first.values.filter { second.values[$0.key] != nil || dataNames.contains($0.key) })
    }
    return restricted(self, to: other).firstDifference(from: restricted(other, to: self))
  }

  /// Removes the identity from the metadata of a checkpoint and creates it from them.
  init(removingFrom metadata: inout [String: String]) {
    var values: [String: String] = [:]
    for (name, value) in metadata where name.hasPrefix(Self.prefix) {
      values[String(name.dropFirst(Self.prefix.count))] = value
      metadata[name] = nil
    }
    self.init(values: values)
  }

  /// The identity as the metadata of a checkpoint store it.
  var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: values.map { (Self.prefix + $0.key, $0.value) })
  }

  /// Returns the first key whose values differ, in alphabetical order, keys that both have before the others; nil where no
  /// values differ.
  /// - Parameter ignored: a key that may differ.
  package func firstDifference(from other: RunIdentity, ignoring ignored: String? = nil) -> Difference? {
    let common = Set(values.keys).intersection(other.values.keys)
    let single = Set(values.keys).symmetricDifference(other.values.keys)
    for key in common.sorted() + single.sorted() where key != ignored && values[key] != other.values[key] {
      return Difference(key: key, own: values[key] ?? "", other: other.values[key] ?? "")
    }
    return nil
  }
}

extension RunIdentity: Hashable {
  package static func == (left: RunIdentity, right: RunIdentity) -> Bool { left.values == right.values }

  package func hash(into hasher: inout Hasher) { hasher.combine(values) }
}
