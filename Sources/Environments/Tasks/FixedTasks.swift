public import Parts
public import RandomStreams

/// The numbers of fixed tasks of a family that can draw as many as it likes.
public struct FixedTaskCounts: Hashable, Sendable, Configurable {
  /// The number of tasks that training draws from; 0 for new ones without end.
  public var training = 0
  /// The number of tasks that evaluations take; 0 for new ones without end.
  public var test = 0

  public static let settings: [Setting<Self>] = [
    Setting(
      "train_tasks", \.training, in: 0...10_000, "fixed ones that training draws from; 0: new ones without end"
    ).measured(in: "tasks"),
    Setting(
      "test_tasks", \.test, in: 0...10_000,
      "fixed ones, others than those of training, that evaluations take; 0: new ones without end"
    ).measured(in: "tasks"),
  ]

  /// Creates the numbers.
  public init(training: Int = 0, test: Int = 0) { (self.training, self.test) = (training, test) }

  /// The numbers as proposals for the settings.
  var proposals: [String: SettingText] {
    ["train_tasks": .scalar(String(training)), "test_tasks": .scalar(String(test))]
  }

  /// The tasks of a set: a fixed number of draws, or draws without end.
  func tasks(
    _ set: EnvironmentTasks.FixedSet, draw: @escaping @Sendable (inout RandomStream) -> EnvironmentTask
  ) -> EnvironmentTasks {
    let count = set == .training ? training : test
    return count > 0 ? EnvironmentTasks(fixed: count, set, draw: draw) : EnvironmentTasks(draw: draw)
  }
}

extension EnvironmentTasks {
  /// A fixed set of tasks.
  public enum FixedSet: Int, Sendable {
    /// The tasks of training.
    case training = 1
    /// The tasks of evaluations.
    case test = 2
  }

  /// Creates a distribution over a fixed number of tasks, which are drawn once from random numbers of their set. They are the
  /// same in every run, and those of the two sets differ.
  public init(
    fixed count: Int, _ set: FixedSet, draw: @escaping @Sendable (inout RandomStream) -> EnvironmentTask
  ) {
    let tasks = (0..<count).map { index in
      var stream = RandomAddress(seed: 0, purpose: .taskSet, iteration: set.rawValue, task: index).stream
      var task = draw(&stream)
      // A task of training is no held-out one of the same number.
      task.name += set == .training ? " \(index + 1) of training" : " \(index + 1)"
      return task
    }
    self.init(tasks: tasks) { tasks[$0.index(below: tasks.count)] }
  }
}

extension RandomAddress {
  /// The streams of the rows of an environment from a reset on.
  func streams(ofRows count: Int) -> [RandomStream] {
    (0..<count).map { row in
      var address = self
      address.episode += UInt32(row)
      return address.stream
    }
  }
}
