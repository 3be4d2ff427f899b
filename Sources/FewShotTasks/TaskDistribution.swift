public import RandomStreams

/// A family of supervised tasks, drawn at random: what a task is, and how examples of it are made.
public protocol TaskDistribution: Sendable {
  /// What one task is, such as an amplitude and a phase.
  associatedtype Task
  /// Numbers in an input.
  var inputSize: Int { get }
  /// Numbers in a target.
  var targetSize: Int { get }

  /// Draws a task.
  func sampleTask(from stream: inout RandomStream) -> Task

  /// The group that reports count a task to, one of those that its family declares; nil where it declares none.
  func group(of task: Task) -> String?

  /// Writes examples of a task into rows of buffers `[rows, inputSize]` and `[rows, targetSize]`.
  func writeExamples(
    of task: Task, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>)

  /// Writes the examples of one part; a distribution with finitely many examples gives no part those of the other.
  func writeExamples(
    of task: Task, part: ExamplePart, rows: Range<Int>, from stream: inout RandomStream,
    inputs: inout MutableSpan<Float>, targets: inout MutableSpan<Float>)
}

/// What examples of a task are for.
public enum ExamplePart: Sendable {
  /// To adapt to.
  case support
  /// To judge the adaptation by.
  case query
}

extension TaskDistribution {
  /// Tasks are not told apart.
  public func group(of task: Task) -> String? { nil }

  /// Where examples never run out, fresh ones: either part has a stream of its own.
  public func writeExamples(
    of task: Task, part: ExamplePart, rows: Range<Int>, from stream: inout RandomStream,
    inputs: inout MutableSpan<Float>, targets: inout MutableSpan<Float>
  ) {
    writeExamples(of: task, rows: rows, from: &stream, inputs: &inputs, targets: &targets)
  }
}

/// A distribution of scalar functions of one number, whose inputs are uniform over an interval.
protocol ScalarFunctionDistribution: TaskDistribution {
  /// Where inputs are drawn from.
  var inputs: ClosedRange<Double> { get }
  /// The target at an input.
  func value(of task: Task, at input: Double) -> Double
}

extension ScalarFunctionDistribution {
  public var inputSize: Int { 1 }
  public var targetSize: Int { 1 }

  public func writeExamples(
    of task: Task, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>
  ) {
    for row in rows {
      let input = stream.uniform(in: self.inputs)
      inputs[row] = Float(input)
      targets[row] = Float(value(of: task, at: input))
    }
  }
}
