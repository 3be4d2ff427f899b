public import Scenes

/// What a trained learner does on one task: how it adapts, and what can be seen of it.
public protocol TaskRehearsal {
  /// The number of inner steps of the training.
  var stepCount: Int { get }

  /// Whether anything can be drawn.
  var isDrawn: Bool { get }

  /// The names of the tasks, where there are finitely many.
  var taskNames: [String] { get }

  /// Adapts to a task and records an episode after each of some numbers of inner steps.
  /// - Throws: `UserError` where there is no such task, or nothing of it can be drawn.
  func film(_ request: RehearsalRequest) throws -> AdaptationFilm

  /// Adapts to a task and returns the model after the last of the numbers of inner steps.
  /// - Throws: `UserError` where there is no such task.
  func model(_ request: RehearsalRequest) throws -> AdaptedModel
}

/// The checkpoint, the task and the numbers of inner steps of a rehearsal.
public struct RehearsalRequest: Sendable {
  /// The checkpoint whose parameters adapt.
  package var checkpoint: Checkpoint
  /// The name of the task, or the number of a held-out task from 1 on; nil for the first.
  public var task: String?
  /// The numbers of inner steps that are looked at, in ascending order.
  public var steps: [Int]
  /// The seed of the tasks and the episodes.
  public var seed: Int

  /// Creates a request.
  package init(checkpoint: Checkpoint, task: String?, steps: [Int], seed: Int) {
    (self.checkpoint, self.task, self.steps, self.seed) = (checkpoint, task, steps, seed)
  }
}

/// A model that has adapted to a task, with what another program must know to run it.
public struct AdaptedModel: Equatable, Sendable {
  /// The name of the task that it adapted to.
  public var task: String
  /// The parameters, and what is needed beside them, as numbers.
  public var tensors: [NamedArray]
  /// What is needed beside the numbers, by name.
  public var metadata: [String: String]
  /// What the model computes from an observation, in order.
  public var steps: [ModelStep]
  /// What the result of the steps is.
  public var result: ModelResult

  /// Creates a model.
  public init(
    task: String, tensors: [NamedArray], metadata: [String: String], steps: [ModelStep], result: ModelResult
  ) {
    (self.task, self.tensors, self.metadata) = (task, tensors, metadata)
    (self.steps, self.result) = (steps, result)
  }
}

/// A step of what a model computes from rows of numbers.
public enum ModelStep: Equatable, Sendable {
  /// Clips each element to bounds.
  case clip(low: [Float], high: [Float])
  /// Multiplies each element by a factor.
  case scale([Float])
  /// x W, with a matrix `[inputs, outputs]`.
  case product(NamedArray)
  /// x + b.
  case sum(NamedArray)
  /// A function of each element: `tanh`, `relu`, `sigmoid` or `softplus`.
  case function(String)
}

/// What the result of a model's steps is.
public enum ModelResult: Equatable, Sendable {
  /// The means of actions, which are clipped to bounds, with these standard deviations.
  case means(low: [Float], high: [Float], deviations: [Float])
  /// The logits of choices, of which the most probable one is the action.
  case logits
}
