/// An error for an infinite or NaN value in an episode, which means that the policy or the physics diverged.
public struct NonFiniteValueError: Error, Hashable, CustomStringConvertible {
  /// The kind of value.
  public enum Quantity: String, Sendable {
    case action
    case observation
    case reward
  }

  /// The kind of value that was not finite.
  public let quantity: Quantity
  /// The meta-iteration.
  public let iteration: Int
  /// The number of inner steps before the episode.
  public let adaptationStep: Int
  /// The task's index in the meta-batch.
  public let task: Int
  /// The episode's number among the task's.
  public let episode: Int
  /// The time step whose action was, or was about to be, taken. An observation at time step 0 may be the initial one.
  public let timeStep: Int
  /// The environment's explanation of the cause; nil if it has none.
  public let cause: String?

  public var description: String {
    "\(quantity.rawValue) is not a finite number at iteration \(iteration), adaptation step \(adaptationStep), "
      + "task \(task), episode \(episode), time step \(timeStep)" + (cause.map { ": \($0)" } ?? "")
  }
}
