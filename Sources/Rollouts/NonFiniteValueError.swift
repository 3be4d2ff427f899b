/// A number in an episode that is infinite or not a number: the policy or the physics ran away.
public struct NonFiniteValueError: Error, Hashable, CustomStringConvertible {
  /// What was computed.
  public enum Quantity: String, Sendable {
    case action
    case observation
    case reward
  }

  /// What was not finite.
  public let quantity: Quantity
  /// The meta-iteration.
  public let iteration: Int
  /// The inner steps made before.
  public let adaptationStep: Int
  /// The task's index in the meta-batch.
  public let task: Int
  /// The episode's number among the task's.
  public let episode: Int
  /// The time step whose action was, or was about to be, taken; an observation at time step 0 may be the first.
  public let timeStep: Int
  /// What the environment knows of the cause; nil if it knows nothing.
  public let cause: String?

  public var description: String {
    "\(quantity.rawValue) is not a finite number at iteration \(iteration), adaptation step \(adaptationStep), "
      + "task \(task), episode \(episode), time step \(timeStep)" + (cause.map { ": \($0)" } ?? "")
  }
}
