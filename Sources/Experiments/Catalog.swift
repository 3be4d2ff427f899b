/// A meta-learning algorithm, as a user chooses it.
public struct AlgorithmEntry: Sendable {
  /// As the user writes it.
  public let name: String
  /// One line.
  public let summary: String
  /// The paper.
  public let source: String
  /// Why no policy can be learned with it; nil where one can.
  public let policyObstacle: String?

  /// Creates an entry.
  public init(name: String, summary: String, source: String, policyObstacle: String? = nil) {
    self.name = name
    self.summary = summary
    self.source = source
    self.policyObstacle = policyObstacle
  }
}

/// A reference line: the score of each task where as much is known of it as one likes.
public struct TaskOracle: Sendable {
  /// What it does, in a line.
  public let definition: String
  /// An evaluator that gives each task one score, whatever the number of steps.
  public let makeEvaluator: @Sendable (RunConfiguration) throws -> any AdaptationEvaluator
}

/// A family of tasks, and how a run on it is trained and evaluated: the only place where a run meets its learning code.
public struct TaskEntry: Sendable {
  /// As the user writes it.
  public let name: String
  /// One line.
  public let summary: String
  /// Where the task comes from.
  public let source: String
  /// What a score is: "return", "loss", "accuracy".
  public let measure: String
  /// What sort of learning it asks for, and so which keys its configuration has.
  public let kind: TaskKind
  /// The values of the keys that nothing was given for, below those that an algorithm brings.
  public let defaults: RunConfiguration
  /// Changes the defaults for the algorithm and the model that they are given, where these need others on these tasks; what
  /// is given stands above.
  public let adjustDefaults: @Sendable (inout RunConfiguration) -> Void
  /// Held-out tasks of an evaluation (of each group where tasks have one) where no number is given.
  public let evaluationTasks: Int
  /// A trainer at iteration 0. Throws `UserError` for a configuration that it cannot follow.
  public let makeTrainer: @Sendable (RunConfiguration) throws -> any MetaTrainer
  /// An evaluator of what `makeTrainer`'s trainer learned.
  public let makeEvaluator: @Sendable (RunConfiguration) throws -> any AdaptationEvaluator
  /// What a task's score could be for one who knows the task; nil where there is no such line.
  public let oracle: TaskOracle?

  /// Creates an entry. What the trainer and the evaluators compute is by the kernels that a configuration asks for.
  public init(
    name: String, summary: String, source: String, measure: String, kind: TaskKind = .policy,
    defaults: RunConfiguration = RunConfiguration(),
    adjustDefaults: @escaping @Sendable (inout RunConfiguration) -> Void = { _ in }, evaluationTasks: Int = 20,
    makeTrainer: @escaping @Sendable (RunConfiguration) throws -> any MetaTrainer,
    makeEvaluator: @escaping @Sendable (RunConfiguration) throws -> any AdaptationEvaluator, oracle: TaskOracle? = nil
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.measure = measure
    self.kind = kind
    self.defaults = defaults
    self.adjustDefaults = adjustDefaults
    self.evaluationTasks = evaluationTasks
    self.makeTrainer = { configuration in
      try ByKernels(configuration.kernels) { try makeTrainer(configuration) }
    }
    self.makeEvaluator = { configuration in
      try ByKernels(configuration.kernels) { try makeEvaluator(configuration) }
    }
    self.oracle = oracle.map { oracle in
      TaskOracle(definition: oracle.definition) { configuration in
        try ByKernels(configuration.kernels) { try oracle.makeEvaluator(configuration) }
      }
    }
  }
}

/// The one table of tasks and algorithms: listing, validation and suggestions read it.
public struct Catalog: Sendable {
  /// In the order of the listing.
  public let tasks: [TaskEntry]
  /// In the order of the listing.
  public let algorithms: [AlgorithmEntry]

  /// Creates a catalog.
  public init(tasks: [TaskEntry], algorithms: [AlgorithmEntry]) {
    self.tasks = tasks
    self.algorithms = algorithms
  }

  /// The task of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  func task(named name: String, prefix: String = "", status: UserError.Status = .usage) throws(UserError) -> TaskEntry {
    if let task = tasks.first(where: { $0.name == name }) { return task }
    throw .unknownName("task", name, known: tasks.map(\.name), prefix: prefix, status: status)
  }

  /// The algorithm of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  func algorithm(
    named name: String, prefix: String = "", status: UserError.Status = .usage
  ) throws(UserError) -> AlgorithmEntry {
    if let algorithm = algorithms.first(where: { $0.name == name }) { return algorithm }
    throw .unknownName("algorithm", name, known: algorithms.map(\.name), prefix: prefix, status: status)
  }
}
