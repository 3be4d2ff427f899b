public import TensorCore

/// The examples of several tasks as tensors, in the form that a loss takes.
public struct LabeledExamples<Scalar: TensorScalar>: TensorStructure {
  /// The inputs `[tasks, rows, inputSize]`.
  public var inputs: Tensor<Scalar>
  /// The targets `[tasks, rows, targetSize]`.
  public var targets: Tensor<Scalar>

  /// Creates examples from their inputs and targets.
  public init(inputs: Tensor<Scalar>, targets: Tensor<Scalar>) {
    self.inputs = inputs
    self.targets = targets
  }

  /// Calls `body` on the inputs and on the targets.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try inputs.forEachTensor(body)
    try targets.forEachTensor(body)
  }
}

extension TaskBatch {
  /// The support examples of the batch as tensors.
  public var supportExamples: LabeledExamples<Float> { tensors(support) }
  /// The query examples of the batch as tensors.
  public var queryExamples: LabeledExamples<Float> { tensors(query) }

  private func tensors(_ examples: Examples) -> LabeledExamples<Float> {
    func tensor(_ scalars: [Float]) -> Tensor<Float> {
      Tensor(shape: [tasks, examples.rows, scalars.count / (tasks * examples.rows)], scalars: scalars)
    }
    return LabeledExamples(inputs: tensor(examples.inputs), targets: tensor(examples.targets))
  }
}

extension LabeledExamples {
  /// The examples of each task that a step of an inner loop sees: `size` of them, the next ones in each step, and the first
  /// ones again after the last. The minibatches of the first steps have no example in common while they are no more than all
  /// examples.
  ///
  /// Examples of a task are drawn at random, so that a fixed order is a random one. Where a task has classes, whose examples
  /// follow one another, an example of each class comes in turn, so that a minibatch has equally many of each where its size
  /// is a multiple of their number.
  /// - Parameters:
  ///   - number: the number of the step, from 0.
  ///   - size: the number of examples of a step, at least 1; where a task has no more, every step sees all of them.
  ///   - classes: the number of classes of a task, all with the same number of examples; 1 where there are none.
  public func minibatch(ofStep number: Int, size: Int, classes: Int = 1) -> LabeledExamples {
    let rows = inputs.shape[1]
    precondition(
      number >= 0 && size >= 1 && rows.isMultiple(of: classes),
      "step \(number) cannot see \(size) of \(rows) examples of \(classes) classes")
    guard size < rows else { return self }
    let first = number * size % rows
    let end = min(first + size, rows)
    let rest = size - (end - first)
    return mapTensors { tensor in
      let ordered = tensor.alternating(classes)
      let parts = [first..<end] + (rest > 0 ? [0..<rest] : [])
      return concatenate(parts.map { ordered.sliced(axis: 1, $0) }, axis: 1)
    }
  }
}

extension Tensor {
  /// The rows `[tasks, rows, size]` of classes that follow one another, with the classes in turn.
  fileprivate func alternating(_ classes: Int) -> Tensor {
    guard classes > 1 else { return self }
    let (tasks, rows, size) = (shape[0], shape[1], shape[2])
    return reshaped(to: [tasks, classes, rows / classes, size]).transposed(permutation: [0, 2, 1, 3])
      .reshaped(to: [tasks, rows, size])
  }
}
