public import Scenes

/// Records what a trained learner does on a task before and after its inner steps.
public protocol AdaptationFilmer {
  /// The number of inner steps of the training.
  var stepCount: Int { get }

  /// Adapts to a task and records an episode after each of some numbers of inner steps.
  /// - Throws: `UserError` where there is no such task, or nothing of it can be drawn.
  func film(_ request: FilmRequest) throws -> AdaptationFilm
}

/// The checkpoint, the task and the numbers of inner steps of a film.
public struct FilmRequest: Sendable {
  /// The checkpoint whose parameters adapt.
  package var checkpoint: Checkpoint
  /// The name of the task, or the number of a held-out task from 1 on; nil for the first.
  public var task: String?
  /// The numbers of inner steps after which an episode is recorded, in ascending order.
  public var steps: [Int]
  /// The seed of the tasks and the episodes.
  public var seed: Int

  /// Creates a request.
  package init(checkpoint: Checkpoint, task: String?, steps: [Int], seed: Int) {
    (self.checkpoint, self.task, self.steps, self.seed) = (checkpoint, task, steps, seed)
  }
}
