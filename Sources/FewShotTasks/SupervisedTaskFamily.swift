public import Parts

/// A family of supervised tasks: what can be set, and the tasks that are set so.
public protocol SupervisedTaskFamily: TaskFamily {
  /// How its tasks are judged.
  var loss: TaskLoss { get }
  /// Whether tasks are divided into those of training, of validation and of test.
  var hasSplits: Bool { get }
  /// The tasks, their data loaded.
  /// - Throws: `UserError` where the data are not as they should be, or too few for the counts.
  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask
}

extension SupervisedTaskFamily {
  /// The accuracy of a classifier, the loss otherwise.
  public var measure: String { loss.isClassification ? "accuracy" : "loss" }
  /// As many as the papers on regression and on images evaluate on.
  public var evaluationTasks: Int { 600 }
  /// Tasks are generated, and never run out.
  public var hasSplits: Bool { false }
}

/// How many examples a task has; of images, of each class.
public struct ExampleCounts: Hashable, Sendable {
  /// Those that it adapts to.
  public var shots: Int
  /// Those that its adaptation is judged by.
  public var queries: Int

  /// Creates counts, which must be positive.
  public init(shots: Int, queries: Int) {
    precondition(shots > 0 && queries > 0, "no task has \(shots) shots and \(queries) queries")
    (self.shots, self.queries) = (shots, queries)
  }
}

/// A family of generated tasks without settings of its own.
public struct GeneratedTaskFamily: SupervisedTaskFamily {
  public let card: Card
  /// What the tasks are.
  public let distribution: any TaskDistribution
  public let loss: TaskLoss
  public let defaults: [String: SettingText]

  /// Creates a family; `defaults` stand above those of a regression with few examples.
  public init(
    _ card: Card, _ distribution: any TaskDistribution, loss: TaskLoss = .meanSquaredError,
    defaults: [String: SettingText] = [:]
  ) {
    (self.card, self.distribution, self.loss) = (card, distribution, loss)
    self.defaults = Self.regression.merging(defaults) { _, own in own }
  }

  public func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask { FewShotTask(distribution, loss: loss) }

  /// What regressions from few examples take: MT-net's (section 6.1).
  ///
  /// A proximal term is as strong as the gradient steps of the other algorithms are short: a step at 1 / lambda is a proximal
  /// one, to first order.
  public static let regression: [String: SettingText] = [
    "iterations": 60_000, "meta_batch_size": 4, "inner_rate": 0.01, "recovery_rate": 0.01, "regularization": 30,
    "checkpoint_interval": 1_000,
  ]
}

/// The families of supervised tasks of this module.
public enum SupervisedTaskFamilies {
  /// Those of generated tasks, in the order in which to list them.
  public static let generated: [any SupervisedTaskFamily] =
    Sinusoids.families + Polynomials.families + [
      SparseSpectra.family, LinearClassification.family, RidgeRegression.family,
    ]
  /// All of them.
  public static let all: [any SupervisedTaskFamily] =
    generated + ImageTaskFamily.all.map { $0 as any SupervisedTaskFamily }
}
