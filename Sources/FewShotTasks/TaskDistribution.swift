public import RandomStreams

/// A random distribution of supervised tasks: the type of a task, and the generation of its examples.
public protocol TaskDistribution: Sendable {
  /// The description of one task, such as an amplitude and a phase.
  associatedtype Task
  /// The number of elements of an input.
  var inputSize: Int { get }
  /// The number of elements of a target.
  var targetSize: Int { get }

  /// Draws a task.
  func sampleTask(from stream: inout RandomStream) -> Task

  /// The group that reports count a task to, one of those that its family declares; nil where it declares none.
  func group(of task: Task) -> String?

  /// Writes examples of a task into rows of buffers `[rows, inputSize]` and `[rows, targetSize]`.
  func writeExamples(
    of task: Task, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>)

  /// Writes examples of one part into rows of buffers. A distribution with finitely many examples gives the two parts
  /// different examples.
  func writeExamples(
    of task: Task, part: ExamplePart, rows: Range<Int>, from stream: inout RandomStream,
    inputs: inout MutableSpan<Float>, targets: inout MutableSpan<Float>)
}

/// The part of a task that examples belong to.
public enum ExamplePart: Sendable {
  /// The examples that a task adapts to.
  case support
  /// The examples that a task is scored by.
  case query
}

extension TaskDistribution {
  /// Tasks are not told apart.
  public func group(of task: Task) -> String? { nil }

  /// Writes new examples for either part, which suits a distribution whose examples never run out: each part has its own
  /// stream.
  public func writeExamples(
    of task: Task, part: ExamplePart, rows: Range<Int>, from stream: inout RandomStream,
    inputs: inout MutableSpan<Float>, targets: inout MutableSpan<Float>
  ) {
    writeExamples(of: task, rows: rows, from: &stream, inputs: &inputs, targets: &targets)
  }
}

/// A distribution of scalar functions of one variable, whose inputs are uniform over an interval.
protocol ScalarFunctionDistribution: TaskDistribution {
  /// The interval that inputs are drawn from.
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
