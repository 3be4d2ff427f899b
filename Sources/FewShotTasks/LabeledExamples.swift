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
