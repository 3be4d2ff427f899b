public import Parts

/// A family of supervised tasks: its settings, and the tasks that they describe.
public protocol SupervisedTaskFamily: TaskFamily {
  /// The loss of the family's tasks.
  var loss: TaskLoss { get }
  /// Whether tasks are divided into training, validation and test.
  var hasSplits: Bool { get }
  /// The tasks for these counts, with their data loaded.
  /// - Throws: `UserError` where the data are invalid, or too few for the counts.
  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask
}

extension SupervisedTaskFamily {
  /// The name of the measure: the accuracy for a classifier, the loss otherwise.
  public var measure: String { loss.isClassification ? "accuracy" : "loss" }
  /// The number of tasks of an evaluation, 600 as in the papers on regression and on images.
  public var evaluationTasks: Int { 600 }
  /// False, since most tasks are generated and never run out.
  public var hasSplits: Bool { false }
}

/// The numbers of examples of a task; for images, of each class.
public struct ExampleCounts: Hashable, Sendable {
  /// The number of examples that a task adapts to.
  public var shots: Int
  /// The number of examples that a task is scored by.
  public var queries: Int

  /// Creates counts, which must be positive.
  public init(shots: Int, queries: Int) {
    precondition(shots > 0 && queries > 0, "no task has \(shots) shots and \(queries) queries")
    (self.shots, self.queries) = (shots, queries)
  }
}

/// A family of generated tasks without settings.
public struct GeneratedTaskFamily: SupervisedTaskFamily {
  public let card: Card
  /// The distribution of the tasks.
  public let distribution: any TaskDistribution
  public let loss: TaskLoss
  public let defaults: [String: SettingText]

  /// Creates a family; `defaults` replace settings of a regression from few examples.
  public init(
    _ card: Card, _ distribution: any TaskDistribution, loss: TaskLoss = .meanSquaredError,
    defaults: [String: SettingText] = [:]
  ) {
    (self.card, self.distribution, self.loss) = (card, distribution, loss)
    self.defaults = Self.regression.merging(defaults) { _, own in own }
  }

  public func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask { FewShotTask(distribution, loss: loss) }

  /// The settings of regressions from few examples, which are MT-net's (section 6.1).
  ///
  /// The strength of a proximal term corresponds to the inverse of the other algorithms' learning rate: a gradient step of
  /// size 1 / lambda is a proximal one, to first order.
  public static let regression: [String: SettingText] = [
    "iterations": 60_000, "meta_batch_size": 4, "inner_rate": 0.01, "recovery_rate": 0.01, "regularization": 30,
    "checkpoint_interval": 1_000,
  ]
}

/// The families of supervised tasks in this module.
public enum SupervisedTaskFamilies {
  /// The families of generated tasks, in the order in which they are listed.
  public static let generated: [any SupervisedTaskFamily] =
    Sinusoids.families + Polynomials.families + [
      SparseSpectra.family, LinearClassification.family, RidgeRegression.family,
    ]
  /// All families, in the order in which they are listed.
  public static let all: [any SupervisedTaskFamily] =
    generated + ImageTaskFamily.all.map { $0 as any SupervisedTaskFamily }
}
