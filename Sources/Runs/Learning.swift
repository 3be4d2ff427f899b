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
  /// Returns the reference line of a learner that knows the task; nil where there is none.
  func oracle(for family: any TaskFamily) -> TaskOracle?
  /// Returns why an evaluation cannot choose a condition of a run anew; nil where it can.
  func obstacle(toChoosing key: String, of configuration: RunConfiguration) -> String?
  /// The key that holds the number of examples that a task adapts to; nil where it adapts to episodes.
  var shotsKey: String? { get }
  /// Returns whether the family's tasks are divided into tasks for training, validation and test.
  func hasSplits(_ family: any TaskFamily) -> Bool
}

extension Learning {
  /// No faults, which is the default.
  public func faults(of family: any TaskFamily, algorithm: any Part) -> [String] { [] }
  /// Checks nothing, which is the default.
  public func check(_ configuration: RunConfiguration) throws(UserError) {}
  /// None, which is the default.
  public func obstacle(toChoosing key: String, of configuration: RunConfiguration) -> String? { nil }
  /// No reference line, which is the default.
  public func oracle(for family: any TaskFamily) -> TaskOracle? { nil }
  /// No key, which is the default: tasks adapt to episodes.
  public var shotsKey: String? { nil }
  /// No division of tasks, which is the default.
  public func hasSplits(_ family: any TaskFamily) -> Bool { false }
}

/// A reference line: the score of each task for a learner that knows the task.
public struct TaskOracle: Sendable {
  /// One line that defines the reference line.
  public let definition: String
  /// An evaluator that gives each task one score, whatever the number of steps.
  public let makeEvaluator: @Sendable (RunConfiguration) throws -> any AdaptationEvaluator

  /// Creates a reference line from its definition and its evaluator.
  public init(
    definition: String, makeEvaluator: @escaping @Sendable (RunConfiguration) throws -> any AdaptationEvaluator
  ) {
    (self.definition, self.makeEvaluator) = (definition, makeEvaluator)
  }
}
