public import Parts

/// A sort of learning, such as that of policies from episodes: which parts its runs have beside the task family and the
/// algorithm, and how they are trained and evaluated. The only place where a run meets its learning code.
public protocol Learning: Sendable {
  /// The sort in a user's words, in the plural: "policies".
  var name: String { get }
  /// Whether tasks of the family are learned so.
  func learns(_ family: any TaskFamily) -> Bool
  /// The parts of a run in the order of `config.yaml`, the family and the algorithm among them, in places of their kinds.
  func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot]
  /// What is wrong with a family of its sort and an algorithm, as a program registered them, in a line each.
  func faults(of family: any TaskFamily, algorithm: any Part) -> [String]
  /// Checks what no single key can, such as that a meta-batch fits in memory.
  /// - Throws: `UserError`.
  func check(_ configuration: RunConfiguration) throws(UserError)
  /// A trainer at iteration 0.
  /// - Throws: `UserError` for a configuration that it cannot follow.
  func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer
  /// An evaluator of what `makeTrainer`'s trainer learned.
  func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator
  /// What a task's score could be for one who knows the task; nil where there is no such line.
  func oracle(for family: any TaskFamily) -> TaskOracle?
  /// The key that holds the number of examples that a task adapts to; nil where it adapts to episodes.
  var shotsKey: String? { get }
  /// Whether the family's tasks are divided into those of training, validation and test.
  func hasSplits(_ family: any TaskFamily) -> Bool
}

extension Learning {
  /// Nothing is wrong.
  public func faults(of family: any TaskFamily, algorithm: any Part) -> [String] { [] }
  /// Nothing is to be checked.
  public func check(_ configuration: RunConfiguration) throws(UserError) {}
  /// There is no such line.
  public func oracle(for family: any TaskFamily) -> TaskOracle? { nil }
  /// Tasks adapt to episodes.
  public var shotsKey: String? { nil }
  /// Tasks are not divided.
  public func hasSplits(_ family: any TaskFamily) -> Bool { false }
}

/// A reference line: the score of each task where as much is known of it as one likes.
public struct TaskOracle: Sendable {
  /// What it does, in a line.
  public let definition: String
  /// An evaluator that gives each task one score, whatever the number of steps.
  public let makeEvaluator: @Sendable (RunConfiguration) throws -> any AdaptationEvaluator

  /// Creates a reference line.
  public init(
    definition: String, makeEvaluator: @escaping @Sendable (RunConfiguration) throws -> any AdaptationEvaluator
  ) {
    (self.definition, self.makeEvaluator) = (definition, makeEvaluator)
  }
}
