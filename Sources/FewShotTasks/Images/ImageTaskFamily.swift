import Foundation
import ImageData
public import Parts

/// A family of few-shot image tasks. Its images, where it has any, are loaded for the size of its tasks.
public struct ImageTaskFamily: SupervisedTaskFamily {
  public let card: Card
  public let loss: TaskLoss
  public let evaluationTasks: Int
  public let defaults: [String: SettingText]
  /// What its images come from; nil where they are generated.
  let dataSet: DataSet?
  private let makeTask: @Sendable (ImageTaskFamily, ImageTaskSize, DataFolders) throws(DataError) -> FewShotTask
  /// Classes of a task.
  public var ways = 5
  /// The folder of the data sets; empty for where they usually are.
  public var data = ""

  public static let settings: [Setting<Self>] = [
    Setting("ways", \.ways, in: 2...1_000, "classes of a task").measured(in: "classes"),
    Setting(
      folder: "data", \.data, "folder of the data sets; empty: METARL_DATA, then ~/.cache/metarl; glyphs needs none"
    ).resumed(.free),
  ]

  /// - Parameters:
  ///   - evaluationTasks: MAML and those after it evaluate on 600.
  ///   - defaults: they stand above those of Omniglot.
  init(
    _ card: Card, dataSet: DataSet?, loss: TaskLoss, evaluationTasks: Int = 600, defaults: [String: SettingText] = [:],
    makeTask: @escaping @Sendable (ImageTaskFamily, ImageTaskSize, DataFolders) throws(DataError) -> FewShotTask
  ) {
    (self.card, self.dataSet, self.loss, self.evaluationTasks) = (card, dataSet, loss, evaluationTasks)
    self.defaults = Self.characters.merging(defaults) { _, own in own }
    self.makeTask = makeTask
  }

  public var hasSplits: Bool { true }

  /// Where the data set is looked for.
  var folders: DataFolders { DataFolders(given: data, environment: ProcessInfo.processInfo.environment) }

  public func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask {
    do {
      return try makeTask(self, ImageTaskSize(ways: ways, shots: counts.shots, queries: counts.queries), folders)
    } catch {
      throw UserError(error)
    }
  }

  /// What a data set's identity is called.
  private static let images = "images"

  public var dataIdentityNames: [String] { dataSet == nil ? [] : [Self.images] }

  /// The names of the data set's classes and the numbers of their images, part by part. With other files beside them, images
  /// that a run was trained on may be test images.
  public func dataIdentity() throws(UserError) -> [String: [UInt8]] {
    guard let dataSet else { return [:] }
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
    return [Self.images: Array(text.utf8)]
  }

  /// MAML's on Omniglot (section 5.2, A.1): 5 ways, 1 shot, one step of 0.4, Adam at 0.001, and its network of four blocks
  /// of 64 filters. An iteration has 8 tasks with 15 queries a class where its code has 32 with one: nearly four times the
  /// examples an iteration, and so a tenth of its 60,000 iterations, which two cores train in a quarter of an hour.
  /// The hidden layers are those of its network without convolutions, for `model` mlp.
  private static let characters: [String: SettingText] = [
    "model": "convolutional", "iterations": 6_000, "meta_batch_size": 8, "ways": 5, "shots": 1, "queries": 15,
    "inner_rate": 0.4, "hidden_sizes": [256, 128, 64, 64], "initializer": "xavier", "checkpoint_interval": 250,
  ]
}
