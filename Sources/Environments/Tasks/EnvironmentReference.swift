public import RandomStreams

/// What an evaluation's returns are compared with: a method of a family that learns no network, such as an optimal policy of
/// a known task, or an explorer that learns a task from scratch.
public struct EnvironmentReference: Sendable {
  /// The name in reports.
  public let name: String
  /// One line that defines the reference.
  public let definition: String
  private let play: @Sendable (EnvironmentTask, inout RandomStream) -> Double

  /// The name of a reference that knows the task, which takes the place of the one that a network would be trained for.
  public static let oracle = "oracle"

  /// Creates a reference.
  /// - Parameters:
  ///   - name: the name, as reports have it.
  ///   - definition: what the method is, in a line.
  ///   - play: the return of the method on a task, for one episode; of several episodes, their mean.
  public init(
    _ name: String, _ definition: String, play: @escaping @Sendable (EnvironmentTask, inout RandomStream) -> Double
  ) {
    (self.name, self.definition, self.play) = (name, definition, play)
  }

  /// The return on a task.
  public func score(on task: EnvironmentTask, from stream: inout RandomStream) -> Double { play(task, &stream) }
}
