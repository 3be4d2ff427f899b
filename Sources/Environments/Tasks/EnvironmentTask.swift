public import RandomStreams

/// The task of an episode. Tasks of one environment differ in their parameters only.
public struct EnvironmentTask: Hashable, Sendable {
  /// The name in reports, such as `forward`.
  public var name: String
  /// The parameters that the environment reads; for `cheetah-dir`, the sign of the rewarded velocity.
  public var parameters: [Double]
  /// The group that reports count it to, one of those that its family declares.
  public var group: String

  /// Creates a task from its name and parameters.
  /// - Parameters:
  ///   - name: the name in reports.
  ///   - parameters: the parameters that the environment reads.
  ///   - group: the group that reports count it to; nil for a group of its own, which has the task's name.
  public init(name: String, parameters: [Double], group: String? = nil) {
    self.name = name
    self.parameters = parameters
    self.group = group ?? name
  }
}

/// The tasks of an environment and their distribution.
public struct EnvironmentTasks: Sendable {
  /// Every task, if there are finitely many; evaluation reports on each. Empty otherwise.
  public var tasks: [EnvironmentTask]
  private var draw: @Sendable (inout RandomStream) -> EnvironmentTask

  /// Creates a distribution from which `draw` draws tasks.
  public init(tasks: [EnvironmentTask] = [], draw: @escaping @Sendable (inout RandomStream) -> EnvironmentTask) {
    self.tasks = tasks
    self.draw = draw
  }

  /// Draws one task.
  public func sample(from stream: inout RandomStream) -> EnvironmentTask {
    draw(&stream)
  }
}
