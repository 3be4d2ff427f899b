public import Parts

/// A convolutional network as a choice of a run, with its settings.
public struct ConvolutionalModel: SupervisedModel {
  /// The statistics by which an evaluation normalises the channels: those of the batch, or running averages of training.
  public enum Normalization: String, CaseIterable, Sendable { case batch, running }

  public let card = Card("convolutional", "blocks of 3x3 filters, for images", source: "Finn, Abbeel, Levine 2017")
  /// The number of blocks.
  public var blocks = 4
  /// The number of filters of each block.
  public var filters = 64
  /// The side of the max-pooling squares of a block, in pixels; 0 for convolutions with a stride of two instead.
  public var pooling = 0
  /// The input of the output layer, as made from the last block.
  public var features = ConvolutionalNetwork.Features.mean
  /// The statistics by which an evaluation normalises the channels.
  public var normalization = Normalization.batch
  /// The distribution of the initial weights.
  public var initializer = WeightInitializer.xavier

  public static let settings: [Setting<Self>] = [
    Setting("blocks", \.blocks, in: 1...8, "blocks of 3x3 filters, batch normalisation and ReLU").measured(
      in: "blocks"),
    Setting("filters", \.filters, in: 1...1_024, "filters of each block").measured(in: "filters"),
    Setting(
      "pooling", \.pooling, in: 0...16,
      "side of the squares of which a block keeps the largest element; 0: its filters step by 2 pixels"
    ).measured(in: "pixels"),
    Setting(
      "features", \.features, "what the output layer sees of the last block; mean: over space; flat: every pixel"),
    Setting(
      "normalization", \.normalization,
      "what an evaluation normalises channels by; batch: the images that are classified together, as in the papers; "
        + "running: averages over training, so that no image sees another"),
    .initializer(\.initializer),
  ]

  /// Creates the model with its default settings.
  public init() {}

  public func network(for problem: ModelProblem) throws(UserError) -> any Network {
    guard let image = problem.image else {
      throw UserError("model convolutional: expected a task of images, found one of other inputs", status: .usage)
    }
    let downsampling: ConvolutionalNetwork.Downsampling = pooling == 0 ? .stride(2) : .pooling(pooling)
    let sides = ConvolutionalNetwork.sides(of: image, after: blocks, downsampling)
    guard sides.height > 0, sides.width > 0 else {
      throw UserError(
        "pooling \(pooling) in \(blocks) blocks: expected some of \(image.height) x \(image.width) pixels to be left, "
          + "found none; take fewer blocks or smaller squares", status: .usage)
    }
    return ConvolutionalNetwork(
      image: image, blocks: blocks, filters: filters, downsampling: downsampling, features: features,
      outputSize: problem.outputSize, filterInitializer: initializer.initializer,
      outputInitializer: initializer.initializer, layerForm: problem.layerForm)
  }
}
