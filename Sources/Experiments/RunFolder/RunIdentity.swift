/// What every number of a run follows from: the keys of its configuration that a resumed run cannot change. Workers,
/// intervals, the number of iterations and paths are no part of it; a robot of the user's is, by its file's contents.
struct RunIdentity: Equatable, Sendable {
  /// By the key's name.
  let values: [String: String]

  /// What the names begin with in a checkpoint.
  private static let prefix = "config."
  /// A robot's file is small; the reader of robots has a lower limit.
  static let largestModel = 1 << 20

  /// Of a configuration, whose robot is read.
  /// - Throws: `UserError` where it cannot be read.
  init(_ configuration: RunConfiguration) throws(UserError) {
    var values: [String: String] = [:]
    for key in ConfigurationKey.all(for: configuration.taskKind) where key.resume == .fixed {
      values[key.name] = key.read(configuration).description
    }
    if !configuration.model.isEmpty {
      values["model"] = Fingerprint(of: try StoredFile.read(configuration.model, limit: Self.largestModel)).description
    }
    self.values = values
  }

  /// Takes the identity out of the metadata of a checkpoint.
  init(removingFrom metadata: inout [String: String]) {
    var values: [String: String] = [:]
    for (name, value) in metadata where name.hasPrefix(Self.prefix) {
      values[String(name.dropFirst(Self.prefix.count))] = value
      metadata[name] = nil
    }
    self.values = values
  }

  /// As a checkpoint's metadata hold it.
  var metadata: [String: String] {
    Dictionary(uniqueKeysWithValues: values.map { (Self.prefix + $0.key, $0.value) })
  }

  /// The first key, in the order of the alphabet, whose values differ; nil where none does.
  /// - Parameter ignored: a key that may differ.
  func firstDifference(
    from other: RunIdentity, ignoring ignored: String? = nil
  ) -> (key: String, own: String, other: String)? {
    let keys = Set(values.keys).union(other.values.keys).sorted()
    for key in keys where key != ignored && values[key] != other.values[key] {
      return (key, values[key] ?? "nothing", other.values[key] ?? "nothing")
    }
    return nil
  }
}
