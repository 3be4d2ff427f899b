public import Parts

/// A kind of learning, such as the learning of policies from episodes: the parts that its runs have besides the task family
/// and the algorithm, and how they are trained and evaluated. Runs meet their learning code only here.
public protocol Learning: Sendable {
  /// The name of the kind in a user's words, in the plural: "policies".
  var name: String { get }
  /// Returns whether this kind of learning learns the tasks of a family.
  func learns(_ family: any TaskFamily) -> Bool
  /// Returns the parts of a run in the order of `config.yaml`, including the family and the algorithm.
  func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot]
  /// Returns the faults of a family of this kind and an algorithm, as a program registered them, in one line each.
  func faults(of family: any TaskFamily, algorithm: any Part) -> [String]
  /// Checks what no single key can check, such as whether a meta-batch fits in memory.
  /// - Throws: `UserError` for a configuration that fails a check.
  func check(_ configuration: RunConfiguration) throws(UserError)
  /// Creates a trainer at iteration 0.
  /// - Throws: `UserError` for a configuration that it cannot follow.
  func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer
  /// Creates an evaluator of what a trainer of `makeTrainer` has learned.
  func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator
  /// Creates what shows a trained learner on single tasks; nil where nothing of this kind is shown.
  /// - Throws: `UserError` for a configuration that it cannot follow.
  func makeRehearsal(_ configuration: RunConfiguration) throws -> (any TaskRehearsal)?
  /// Returns the reference lines of a family beside an untrained learner: `TaskReference.oracle`, a learner that knows the
  /// task, and methods of the family's own.
  func references(for family: any TaskFamily) -> [TaskReference]
  /// Returns why an evaluation cannot choose a condition of a run anew; nil where it can.
  func obstacle(toChoosing key: String, of configuration: RunConfiguration) -> String?
  /// The key that holds the number of examples that a task adapts to; nil where it adapts to episodes.
  var shotsKey: String? { get }
  /// Returns the divisions of the family's tasks from which an evaluation may draw; none where they are not divided.
  func splits(of family: any TaskFamily) -> [EvaluationRequest.Split]
  /// Returns whether evaluations take other tasks than training: where a family has finitely many, they adapt afresh to the
  /// same ones.
  func hasNewTasks(_ family: any TaskFamily) -> Bool
  /// The number of tasks of an evaluation on a division for which no number is given; of tasks that can be counted, the number
  /// for each.
  func evaluationTasks(of family: any TaskFamily, split: EvaluationRequest.Split) -> Int
}

extension Learning {
  /// No faults, which is the default.
  public func faults(of family: any TaskFamily, algorithm: any Part) -> [String] { [] }
  /// Nil, which is the default.
  public func makeRehearsal(_ configuration: RunConfiguration) throws -> (any TaskRehearsal)? { nil }
  /// Checks nothing, which is the default.
  public func check(_ configuration: RunConfiguration) throws(UserError) {}
  /// None, which is the default.
  public func obstacle(toChoosing key: String, of configuration: RunConfiguration) -> String? { nil }
  /// No reference lines, which is the default.
  public func references(for family: any TaskFamily) -> [TaskReference] { [] }
  /// No key, which is the default: tasks adapt to episodes.
  public var shotsKey: String? { nil }
  /// No division of tasks, which is the default.
  public func splits(of family: any TaskFamily) -> [EvaluationRequest.Split] { [] }
  /// Other tasks, which is the default.
  public func hasNewTasks(_ family: any TaskFamily) -> Bool { true }
  /// The family's number on any division, which is the default.
  public func evaluationTasks(of family: any TaskFamily, split: EvaluationRequest.Split) -> Int {
    family.evaluationTasks
  }
}

/// A reference line of an evaluation: scores on its tasks without the learned parameters.
public struct TaskReference: Sendable {
  /// The name of the line in reports.
  public let name: String
  /// One line that defines the reference line.
  public let definition: String
  /// An evaluator that gives each task one score, whatever the number of steps.
  public let makeEvaluator: @Sendable (RunConfiguration) throws -> any AdaptationEvaluator

  /// The name of the line of a learner that knows the task.
  public static let oracle = "oracle"

  /// Creates a reference line from its name, its definition and its evaluator.
  public init(
    _ name: String, definition: String,
    makeEvaluator: @escaping @Sendable (RunConfiguration) throws -> any AdaptationEvaluator
  ) {
    (self.name, self.definition, self.makeEvaluator) = (name, definition, makeEvaluator)
  }
}
