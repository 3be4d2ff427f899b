import FewShotTasks
import ImageData

/// What every number of a run follows from: the keys of its configuration that it looks at and that a resumed run cannot
/// change. Workers,
/// intervals, the number of iterations and paths are no part of it; a robot of the user's is, by its file's contents, and
/// so is a data set, by which images of which classes each of its parts has.
struct RunIdentity: Equatable, Sendable {
  /// By the key's name.
  let values: [String: String]

  /// What the names begin with in a checkpoint.
  private static let prefix = "config."
  /// The images of a run that no checkpoint tells of.
  static let unknownImages = "unknown"
  /// A robot's file is small; the reader of robots has a lower limit.
  static let largestModel = 1 << 20

  /// Of a configuration, whose robot is read.
  /// - Throws: `UserError` where it cannot be read.
  init(_ configuration: RunConfiguration) throws(UserError) {
    var values = Self.values(of: configuration)
    if !configuration.model.isEmpty {
      values["model"] = Fingerprint(of: try StoredFile.read(configuration.model, limit: Self.largestModel)).description
    }
    if let dataSet = ImageTaskFamily.named(configuration.task)?.dataSet {
      values["images"] = try Self.fingerprint(of: dataSet, in: configuration.dataFolders)
    }
    self.values = values
  }

  /// Of a run as its folder tells it, whether or not its data set is on this machine: which images they were, its newest
  /// whole checkpoint knows; without one they are `unknownImages`. A robot that is gone is told apart by where it was.
  init(_ configuration: RunConfiguration, storedIn folder: RunFolder) throws(UserError) {
    var values = Self.values(of: configuration)
    if !configuration.model.isEmpty, let robot = try? StoredFile.read(configuration.model, limit: Self.largestModel) {
      values["model"] = Fingerprint(of: robot).description
    }
    if ImageTaskFamily.named(configuration.task)?.dataSet != nil {
      values["images"] = try folder.checkpoints.newestIdentity()?.values["images"] ?? Self.unknownImages
    }
    self.values = values
  }

  private init(values: [String: String]) { self.values = values }

  /// The keys of a configuration.
  private static func values(of configuration: RunConfiguration) -> [String: String] {
    var values: [String: String] = [:]
    for key in ConfigurationKey.all(for: configuration.taskKind)
    where key.resume == .fixed && key.isUsed(by: configuration) {
      values[key.name] = key.read(configuration).description
    }
    return values
  }

  /// The same without some keys.
  func removing(_ keys: [String]) -> RunIdentity { RunIdentity(values: values.filter { !keys.contains($0.key) }) }

  /// The same without the keys that `other` does not have: earlier versions stored those, too, that a run does not look at.
  func restricted(to other: RunIdentity) -> RunIdentity {
    RunIdentity(values: values.filter { other.values[$0.key] != nil })
  }

  /// Of the names of a data set's classes and the numbers of their images, part by part. With other files beside them, images
  /// that a run was trained on may be test images.
  private static func fingerprint(of dataSet: DataSet, in folders: DataFolders) throws(UserError) -> String {
    let splits: [ImageSplit: ImageSet]
    do {
      splits = try dataSet.load(from: folders)
    } catch {
      throw UserError(error)
    }
    var text = ""
    for split in ImageSplit.allCases {
      guard let images = splits[split] else { continue }
      text += "\(split.rawValue) \(images.shape.height) x \(images.shape.width) x \(images.shape.channels)\n"
      for imageClass in images.classes { text += "\(imageClass.name) \(imageClass.images.count)\n" }
    }
    return Fingerprint(of: Array(text.utf8)).description
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

  /// The first key whose values differ, in the order of the alphabet, those that both have before the others; nil where none
  /// does.
  /// - Parameter ignored: a key that may differ.
  func firstDifference(
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

extension RunIdentity: Hashable {}
