public import Scenes

/// What a trained learner does on one task: how it adapts, and what can be seen of it.
public protocol TaskRehearsal {
  /// The number of inner steps of the training.
  var stepCount: Int { get }

  /// What of it can be drawn.
  var view: RehearsalView { get }

  /// The names of the tasks, where there are finitely many.
  var taskNames: [String] { get }

  /// Adapts to a task and records what is seen after each of some numbers of inner steps.
  /// - Throws: `UserError` where there is no such task, or nothing of it can be drawn.
  func picture(_ request: RehearsalRequest) throws -> AdaptationPicture

  /// Adapts to a task and returns the model after the last of the numbers of inner steps.
  /// - Throws: `UserError` where there is no such task.
  func model(_ request: RehearsalRequest) throws -> AdaptedModel
}

/// What of a learner can be drawn.
public enum RehearsalView: Sendable {
  /// Nothing.
  case nothing
  /// Episodes, which move by themselves.
  case episodes
  /// What changes from one inner step to the next.
  case steps
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
