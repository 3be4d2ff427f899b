public import RandomStreams

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
      task.name += " \(index + 1)"
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
