public import RandomStreams

/// The examples of several tasks in flat buffers, which are allocated once and filled again for every batch.
public struct TaskBatch: Sendable {
  /// The examples of one part of all tasks.
  public struct Examples: Sendable {
    /// The number of examples of each task.
    public let rows: Int
    /// The inputs `[tasks, rows, inputSize]`, flattened.
    public fileprivate(set) var inputs: [Float]
    /// The targets `[tasks, rows, targetSize]`, flattened.
    public fileprivate(set) var targets: [Float]

    fileprivate init(tasks: Int, rows: Int, _ distribution: any TaskDistribution) {
      precondition(tasks > 0 && rows > 0, "a batch cannot hold \(rows) examples of \(tasks) tasks")
      self.rows = rows
      inputs = Array(repeating: 0, count: tasks * rows * distribution.inputSize)
      targets = Array(repeating: 0, count: tasks * rows * distribution.targetSize)
    }

    fileprivate mutating func write<Distribution: TaskDistribution>(
      _ task: Distribution.Task, _ part: ExamplePart, at index: Int, of distribution: Distribution,
      from stream: inout RandomStream
    ) {
      let range = index * rows..<(index + 1) * rows
      Self.write(task, part, range, of: distribution, from: &stream, &inputs, &targets)
    }

    private static func write<Distribution: TaskDistribution>(
      _ task: Distribution.Task, _ part: ExamplePart, _ rows: Range<Int>, of distribution: Distribution,
      from stream: inout RandomStream, _ inputs: inout [Float], _ targets: inout [Float]
    ) {
      var inputRoom = inputs.mutableSpan
      var targetRoom = targets.mutableSpan
      distribution.writeExamples(
        of: task, part: part, rows: rows, from: &stream, inputs: &inputRoom, targets: &targetRoom)
    }
  }

  /// The number of tasks.
  public let tasks: Int
  /// The examples that the tasks adapt to.
  public private(set) var support: Examples
  /// The examples that the tasks are scored by.
  public private(set) var query: Examples
  /// The group of each task, as far as tasks have groups.
  public private(set) var groups: [String?]
  private let distribution: any TaskDistribution

  /// Allocates a batch of `tasks` tasks with `shots` support and `queries` query examples each.
  public init(of distribution: any TaskDistribution, tasks: Int, shots: Int, queries: Int) {
    self.distribution = distribution
    self.tasks = tasks
    support = Examples(tasks: tasks, rows: shots, distribution)
    query = Examples(tasks: tasks, rows: queries, distribution)
    groups = Array(repeating: nil, count: tasks)
  }

  // The episode number of an address tells the three random streams of a task apart.
  private static let taskPart = 0
  private static let supportPart = 1
  private static let queryPart = 2

  /// Draws the tasks `first`, `first + 1`, ... of an iteration.
  ///
  /// A task depends on the address and its number alone. Its query examples do not depend on the number of support
  /// examples either.
  /// - Parameters:
  ///   - address: the seed, the purpose (which differs between meta-training and meta-test tasks) and the iteration.
  ///   - first: the number of the first task.
  public mutating func fill(at address: RandomAddress, from first: Int) {
    fill(distribution, at: address, from: first)
  }

  private mutating func fill(_ distribution: some TaskDistribution, at address: RandomAddress, from first: Int) {
    for index in 0..<tasks {
      func stream(_ part: Int) -> RandomStream {
        RandomAddress(
          seed: address.seed, purpose: address.purpose, iteration: Int(address.iteration), task: first + index,
          episode: part
        ).stream
      }
      var (taskStream, supportStream, queryStream) = (
        stream(Self.taskPart), stream(Self.supportPart), stream(Self.queryPart)
      )
      let task = distribution.sampleTask(from: &taskStream)
      groups[index] = distribution.group(of: task)
      support.write(task, .support, at: index, of: distribution, from: &supportStream)
      query.write(task, .query, at: index, of: distribution, from: &queryStream)
    }
  }
}
