/// Measures how well a checkpoint adapts to tasks that training never drew.
public protocol AdaptationEvaluator {
  /// The inner steps that training adapts by, those of a recovery before them included.
  var stepCount: Int { get }

  /// Adapts to each task from the checkpoint's parameters, never from another task's, and scores it after each step.
  /// - Throws: `UserError` where the checkpoint does not fit.
  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome]
}

/// What is to be evaluated.
public struct EvaluationRequest: Sendable {
  /// Which tasks.
  public enum Split: String, CaseIterable, Codable, Sendable {
    /// Those that results are reported on.
    case test
    /// Those that settings are chosen by; where tasks are generated, the same.
    case validation
    /// Those that training draws from, where a paper reports on them, or to see how much was learned by heart.
    case training
  }

  /// The checkpoint that tasks adapt from, which is of a run of the evaluator's configuration.
  public var checkpoint: CheckpointContents
  /// How many held-out tasks; where tasks can be counted, how many times each of them.
  public var tasks: Int
  /// The largest number of inner steps.
  public var steps: Int
  /// The seed of the held-out tasks and their episodes.
  public var seed: Int
  /// Examples that a supervised task adapts to; the configuration's own where nil.
  public var shots: Int?
  /// Which held-out tasks.
  public var split = Split.test

  /// Creates a request.
  package init(
    checkpoint: CheckpointContents, tasks: Int, steps: Int, seed: Int, shots: Int? = nil, split: Split = .test
  ) {
    self.checkpoint = checkpoint
    self.tasks = tasks
    self.steps = steps
    self.seed = seed
    self.shots = shots
    self.split = split
  }
}

/// The scores of one task.
public struct TaskOutcome: Sendable {
  /// The group that the task is counted to, one of those that its family declares; nil where it declares none.
  public var group: String?
  /// The score after 0, 1, ... inner steps.
  public var scores: [Double]

  /// Creates an outcome.
  public init(group: String? = nil, scores: [Double]) {
    self.group = group
    self.scores = scores
  }
}
