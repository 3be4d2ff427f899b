public import ImageData

/// The tasks of a family with their settings applied and their data loaded.
public struct FewShotTask: Sendable {
  /// The distribution of the tasks of meta-training.
  public let distribution: any TaskDistribution
  /// The distribution of held-out tasks: that of training where tasks are generated without end, and tasks of other
  /// classes where they are of images.
  public let heldOut: any TaskDistribution
  /// The distribution of the tasks for the choice of settings; nil where no classes are left for them.
  public let validation: (any TaskDistribution)?
  /// The loss of the tasks.
  public let loss: TaskLoss
  /// The number of examples that one shot, or one query, stands for: one example, or one of each class.
  public let rowsOfAShot: Int
  /// The shape `[height, width, channels]` of an input image, of which a row of inputs is the flattened form; nil where
  /// inputs are not images.
  public let imageShape: ImageShape?
  /// Warnings about the data for the user, in one line each.
  public let warnings: [String]

  /// Creates generated tasks, which never run out.
  public init(_ distribution: any TaskDistribution, loss: TaskLoss) {
    self.init(distribution: distribution, heldOut: distribution, validation: distribution, loss: loss)
  }

  /// Creates tasks whose held-out tasks have other classes.
  public init(
    distribution: any TaskDistribution, heldOut: any TaskDistribution, validation: (any TaskDistribution)?,
    loss: TaskLoss, rowsOfAShot: Int = 1, imageShape: ImageShape? = nil, warnings: [String] = []
  ) {
    (self.distribution, self.heldOut, self.validation) = (distribution, heldOut, validation)
    (self.loss, self.rowsOfAShot, self.imageShape, self.warnings) = (loss, rowsOfAShot, imageShape, warnings)
  }

  /// Whether targets are labels, so that an accuracy is defined.
  public var isClassification: Bool { loss.isClassification }
}
