public import ImageData

/// A family of supervised tasks under a name.
public struct FewShotTask: Sendable {
  /// On the command line.
  public let name: String
  /// One line, with the ranges.
  public let summary: String
  /// The paper.
  public let source: String
  /// What the tasks of meta-training are.
  public let distribution: any TaskDistribution
  /// What held-out tasks are: the same where tasks never run out, of other classes where they are of images.
  public let heldOut: any TaskDistribution
  /// What tasks to choose settings by are; nil where no classes are left for them.
  public let validation: (any TaskDistribution)?
  /// How they are judged.
  public let loss: TaskLoss

  /// What a row of inputs is, where it is an image: `[height, width, channels]`, flattened.
  public let imageShape: ImageShape?

  /// What its user should know of its data, in a line each.
  public let warnings: [String]

  /// Creates a family of generated tasks.
  init(name: String, summary: String, source: String, distribution: some TaskDistribution, loss: TaskLoss) {
    self.init(
      name: name, summary: summary, source: source, distribution: distribution, heldOut: distribution,
      validation: distribution, loss: loss, imageShape: nil)
  }

  /// Creates a family whose held-out tasks are of other classes.
  init(
    name: String, summary: String, source: String, distribution: any TaskDistribution, heldOut: any TaskDistribution,
    validation: (any TaskDistribution)?, loss: TaskLoss, imageShape: ImageShape?, warnings: [String] = []
  ) {
    (self.name, self.summary, self.source) = (name, summary, source)
    (self.distribution, self.heldOut, self.validation) = (distribution, heldOut, validation)
    (self.loss, self.imageShape, self.warnings) = (loss, imageShape, warnings)
  }

  /// Whether targets are labels, so that there is an accuracy.
  public var isClassification: Bool { loss.isClassification }

  /// Every family of generated tasks, in the order in which to list them; `ImageTaskFamily.all` has those of images.
  public static let all: [FewShotTask] =
    [
      FewShotTask(
        name: "sinusoid", summary: "A sin(wx + b), A in [0.1, 5], w in [0.8, 1.2], b in [0, pi], x in [-5, 5]",
        source: "Lee, Choi 2018 (MT-net), section 6.1", distribution: Sinusoids.general, loss: .meanSquaredError),
      FewShotTask(
        name: "sinusoid-phase", summary: "A sin(x - b), A in [0.1, 5], b in [0, pi], x in [-5, 5]",
        source: "Finn, Abbeel, Levine 2017 (MAML), section 5.1", distribution: Sinusoids.phase,
        loss: .meanSquaredError),
      FewShotTask(
        name: "sinusoid-frequency", summary: "sin(wx), w in [0.5, 2], x in [-5, 5]",
        source: "Lou, Zhao, Wang 2021 (MLSR), section 4.1", distribution: Sinusoids.frequency,
        loss: .meanSquaredError),
    ]
    + (0...3).map { order in
      FewShotTask(
        name: "polynomial-\(order)",
        summary: "polynomials of order \(order) in x / 2, coefficients in [-1, 1], x in [-2, 2]",
        source: "Lee, Choi 2018 (MT-net), section 6.3", distribution: Polynomials(order: order),
        loss: .meanSquaredError)
    } + [
      FewShotTask(
        name: "sparse-spectrum", summary: "signals with 3 of the frequencies 1 to 32, at moments in [0, 1]",
        source: "Lou, Zhao, Wang 2021 (MLSR), sections 3.1 and 4.1", distribution: SparseSpectra(),
        loss: .meanSquaredError),
      FewShotTask(
        name: "linear-classification", summary: "the side of a random plane, in 100 dimensions",
        source: "Decoupling Adaptation from Modeling with Meta-Optimizers, A.1.1",
        distribution: LinearClassification(), loss: .logistic),
      FewShotTask(
        name: "ridge", summary: "linear regression in 10 dimensions, second moments 10, 3, 1, 0.3 and 0.1 twice each",
        source: "Rajeswaran, Finn, Kakade, Levine 2019 (iMAML), figure 2a", distribution: RidgeRegression(),
        loss: .meanSquaredError),
    ]

  /// The family called `name`, or nil.
  public static func named(_ name: String) -> FewShotTask? { all.first { $0.name == name } }
}
