public import RandomStreams

/// What an environment asks for in an episode. Tasks of one environment differ in parameters only.
public struct EnvironmentTask: Hashable, Sendable {
  /// As it stands in reports: `forward`.
  public var name: String
  /// Read by the environment; for `cheetah-dir` the sign of the rewarded speed.
  public var parameters: [Double]
  /// The group that reports count it to, one of those that its family declares.
  public var group: String

  /// A task by name and parameters.
  /// - Parameter group: nil for a group of its own, which has the task's name.
  public init(name: String, parameters: [Double], group: String? = nil) {
    self.name = name
    self.parameters = parameters
    self.group = group ?? name
  }
}

/// The tasks of an environment and how likely each is.
public struct EnvironmentTasks: Sendable {
  /// Every task, if they can be counted; an evaluation takes equally many of each. Empty otherwise.
  public var tasks: [EnvironmentTask]
  private var draw: @Sendable (inout RandomStream) -> EnvironmentTask

  /// A distribution from which `draw` takes tasks.
  public init(tasks: [EnvironmentTask] = [], draw: @escaping @Sendable (inout RandomStream) -> EnvironmentTask) {
    self.tasks = tasks
    self.draw = draw
  }

  /// Draws one task.
  public func sample(from stream: inout RandomStream) -> EnvironmentTask {
    draw(&stream)
  }
}
