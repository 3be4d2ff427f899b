import Foundation
import ImageData
public import Parts

/// A family of few-shot image tasks. The images of a data set are loaded for the size of the tasks.
public struct ImageTaskFamily: SupervisedTaskFamily {
  public let card: Card
  public let loss: TaskLoss
  public let evaluationTasks: Int
  public let defaults: [String: SettingText]
  /// The source of the images; nil where they are generated.
  let dataSet: DataSet?
  private let makeTask: @Sendable (ImageTaskFamily, ImageTaskSize, DataFolders) throws(DataError) -> FewShotTask
  /// The number of classes of a task.
  public var ways = 5
  /// The folder of the data sets; empty for the default folders.
  public var data = ""

  public static let settings: [Setting<Self>] = [
    Setting("ways", \.ways, in: 2...1_000, "classes of a task").measured(in: "classes"),
    Setting(
      folder: "data", \.data, "folder of the data sets; empty: METARL_DATA, then ~/.cache/metarl; glyphs needs none"
    ).resumed(.free),
  ]

  /// - Parameters:
  ///   - evaluationTasks: the number of tasks of an evaluation. MAML and later papers evaluate on 600.
  ///   - defaults: settings that replace those of Omniglot.
  init(
    _ card: Card, dataSet: DataSet?, loss: TaskLoss, evaluationTasks: Int = 600, defaults: [String: SettingText] = [:],
    makeTask: @escaping @Sendable (ImageTaskFamily, ImageTaskSize, DataFolders) throws(DataError) -> FewShotTask
  ) {
    (self.card, self.dataSet, self.loss, self.evaluationTasks) = (card, dataSet, loss, evaluationTasks)
    self.defaults = Self.characters.merging(defaults) { _, own in own }
    self.makeTask = makeTask
  }

  public var hasSplits: Bool { true }

  /// The folders in which the data set is searched for.
  var folders: DataFolders { DataFolders(given: data, environment: ProcessInfo.processInfo.environment) }

  public func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask {
    do {
      return try makeTask(self, ImageTaskSize(ways: ways, shots: counts.shots, queries: counts.queries), folders)
    } catch {
      throw UserError(error)
    }
  }

  /// The name of the data set's identity.
  private static let images = "images"

  public var dataIdentityNames: [String] { dataSet == nil ? [] : [Self.images] }

  /// The identity of the data set: the names of its classes and the numbers of their images, for each part. With other
  /// files, images that a run was trained on may be test images.
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

  /// The settings of MAML on Omniglot (section 5.2, A.1): 5 ways, 1 shot, one step of 0.4, Adam at 0.001, and its network
  /// of four blocks of 64 filters. An iteration has 8 tasks with 15 queries a class where the paper's code has 32 tasks
  /// with one. An iteration therefore has nearly four times as many examples, and there are a tenth of the 60,000
  /// iterations, which two cores train in a quarter of an hour. The hidden layers are those of MAML's network without
  /// convolutions, for `model` mlp.
  private static let characters: [String: SettingText] = [
    "model": "convolutional", "iterations": 6_000, "meta_batch_size": 8, "ways": 5, "shots": 1, "queries": 15,
    "inner_rate": 0.4, "hidden_sizes": [256, 128, 64, 64], "initializer": "xavier", "checkpoint_interval": 250,
  ]
}
