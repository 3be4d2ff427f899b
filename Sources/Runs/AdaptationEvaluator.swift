/// An evaluator, which measures how well a checkpoint adapts to tasks that training never drew.
public protocol AdaptationEvaluator {
  /// The number of inner steps by which training adapts, including those of a recovery before them.
  var stepCount: Int { get }

  /// Adapts to each task from the checkpoint's parameters, never from another task's, and scores each task after each step.
  /// - Throws: `UserError` where the checkpoint does not match the configuration.
  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome]
}

/// The checkpoint, the tasks and the number of inner steps of an evaluation.
public struct EvaluationRequest: Sendable {
  /// The division of a family's tasks from which an evaluation draws.
  public enum Split: String, CaseIterable, Codable, Sendable {
    /// The tasks on which results are reported.
    case test
    /// The tasks by which settings are chosen; where tasks are generated, they are those of `test`.
    case validation
    /// The tasks from which training draws, for papers that report on them and to measure memorization.
    case training
    /// Tasks outside of the distribution from which training draws.
    case beyond
  }

  /// The checkpoint from which tasks adapt, of a run of the evaluator's configuration.
  public var checkpoint: CheckpointContents
  /// The number of held-out tasks; where tasks can be counted, the number of times that each is evaluated.
  public var tasks: Int
  /// The largest number of inner steps.
  public var steps: Int
  /// The seed of the held-out tasks and their episodes.
  public var seed: Int
  /// The number of examples to which a supervised task adapts; the configuration's number where nil.
  public var shots: Int?
  /// The division from which the tasks are drawn.
  public var split = Split.test
  /// The iterations after which the checkpoint was taken; nil where that is not known.
  public var iterations: Int?
  /// Whether the return of every episode is asked for.
  public var keepsEpisodes = false
  /// The numbers of episodes where they are others than the configuration's, which a policy both adapts to and is scored by.
  public var episodes: EpisodeCounts?

  /// Receives the number of tasks that have just been scored, and the number of all, whenever some have; workers call it,
  /// several at a time. An evaluator that takes no time need not call it.
  public var scored: (@Sendable (_ tasks: Int, _ all: Int) -> Void)?

  /// How many episodes a policy adapts to at each inner step, and by how many others it is scored.
  public struct EpisodeCounts: Equatable, Sendable {
    /// The number of episodes of an inner step.
    public var adaptation: Int
    /// The number of episodes of a score, to which no task adapts.
    public var scored: Int

    /// Creates the numbers.
    public init(adaptation: Int, scored: Int) { (self.adaptation, self.scored) = (adaptation, scored) }
  }

  /// Creates a request for an evaluation.
  package init(
    checkpoint: CheckpointContents, tasks: Int, steps: Int, seed: Int, shots: Int? = nil, split: Split = .test,
    keepsEpisodes: Bool = false, episodes: EpisodeCounts? = nil
  ) {
    self.checkpoint = checkpoint
    self.tasks = tasks
    self.steps = steps
    self.seed = seed
    self.shots = shots
    self.split = split
    self.keepsEpisodes = keepsEpisodes
    self.episodes = episodes
  }
}

/// The scores of one task.
public struct TaskOutcome: Sendable {
  /// The group to which the task belongs, one of those that its family declares; nil where it declares none.
  public var group: String?
  /// The score after 0, 1, ... inner steps.
  public var scores: [Double]
  /// The return of each episode after 0, 1, ... inner steps; nil where they were not asked for.
  public var episodes: [[Double]]?

  /// Creates the outcome of a task from its group and its scores.
  public init(group: String? = nil, scores: [Double], episodes: [[Double]]? = nil) {
    self.group = group
    self.scores = scores
    self.episodes = episodes
  }
}
