public import TensorCore

/// Examples of several tasks, as a loss takes them.
public struct LabeledExamples<Scalar: TensorScalar>: TensorStructure {
  /// `[tasks, rows, inputSize]`.
  public var inputs: Tensor<Scalar>
  /// `[tasks, rows, targetSize]`.
  public var targets: Tensor<Scalar>

  /// Creates examples.
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
  /// What the tasks adapt to.
  public var supportExamples: LabeledExamples<Float> { tensors(support) }
  /// What they are judged by.
  public var queryExamples: LabeledExamples<Float> { tensors(query) }

  private func tensors(_ examples: Examples) -> LabeledExamples<Float> {
    func tensor(_ scalars: [Float]) -> Tensor<Float> {
      Tensor(shape: [tasks, examples.rows, scalars.count / (tasks * examples.rows)], scalars: scalars)
    }
    return LabeledExamples(inputs: tensor(examples.inputs), targets: tensor(examples.targets))
  }
}
