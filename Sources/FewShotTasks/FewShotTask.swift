public import ImageData

/// What a family of supervised tasks comes to once it is set and its data are loaded.
public struct FewShotTask: Sendable {
  /// What the tasks of meta-training are.
  public let distribution: any TaskDistribution
  /// What held-out tasks are: the same where tasks never run out, of other classes where they are of images.
  public let heldOut: any TaskDistribution
  /// What tasks to choose settings by are; nil where no classes are left for them.
  public let validation: (any TaskDistribution)?
  /// How they are judged.
  public let loss: TaskLoss
  /// Examples that belong to one shot, or one query: one, or one of each class.
  public let rowsOfAShot: Int
  /// What a row of inputs is, where it is an image: `[height, width, channels]`, flattened.
  public let imageShape: ImageShape?
  /// What its user should know of its data, in a line each.
  public let warnings: [String]

  /// Creates generated tasks, which never run out.
  public init(_ distribution: any TaskDistribution, loss: TaskLoss) {
    self.init(distribution: distribution, heldOut: distribution, validation: distribution, loss: loss)
  }

  /// Creates tasks whose held-out ones are of other classes.
  public init(
    distribution: any TaskDistribution, heldOut: any TaskDistribution, validation: (any TaskDistribution)?,
    loss: TaskLoss, rowsOfAShot: Int = 1, imageShape: ImageShape? = nil, warnings: [String] = []
  ) {
    (self.distribution, self.heldOut, self.validation) = (distribution, heldOut, validation)
    (self.loss, self.rowsOfAShot, self.imageShape, self.warnings) = (loss, rowsOfAShot, imageShape, warnings)
  }

  /// Whether targets are labels, so that there is an accuracy.
  public var isClassification: Bool { loss.isClassification }
}
