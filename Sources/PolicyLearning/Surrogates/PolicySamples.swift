import RealModule
public import Rollouts
public import TensorCore

/// The episodes of one batch as tensors, in the form that a policy loss takes.
public struct PolicySamples<Scalar: TensorScalar>: TensorStructure {
  /// The observation before each action, `[horizon x episodes, observationSize]`, time-major.
  public var observations: Tensor<Scalar>
  /// The actions before clipping, `[horizon x episodes, actionSize]`; a choice is its index.
  public var actions: Tensor<Scalar>
  /// The policy's outputs by which the actions were sampled, `[horizon x episodes, outputSize]`.
  public var outputs: Tensor<Scalar>
  /// The logarithms of the standard deviations of the actions, `[actionSize]`; empty for choices.
  public var logDeviations: Tensor<Scalar>
  /// The advantage of each action, `[horizon, episodes]`.
  public var advantages: Tensor<Scalar>
  /// The mask `[horizon, episodes]`: 1 at valid time steps, 0 after an episode's end.
  public var mask: Tensor<Scalar>
  /// The divisor of the loss, a scalar. Samples that are a part of a task's have that of all of them.
  public var divisor: Tensor<Scalar>
  /// The number of valid time steps, a scalar. Samples that are a part of a task's have that of all of them.
  public var timeSteps: Tensor<Scalar>

  /// Creates samples from their tensors.
  /// - Parameters:
  ///   - observations: `[rows, observations]`.
  ///   - actions: `[rows, actionSize]`.
  ///   - outputs: the policy's outputs when it sampled the actions, `[rows, outputs]`.
  ///   - logDeviations: the logarithms of its standard deviations then, `[deviations]`.
  ///   - advantages: `[rows]`.
  ///   - mask: 1 for valid time steps and 0 for others, `[rows]`.
  ///   - divisor: the divisor of the loss; nil for the number of valid time steps of these samples.
  ///   - timeSteps: the number of valid time steps; nil for that of these samples.
  public init(
    observations: Tensor<Scalar>, actions: Tensor<Scalar>, outputs: Tensor<Scalar>, logDeviations: Tensor<Scalar>,
    advantages: Tensor<Scalar>, mask: Tensor<Scalar>, divisor: Tensor<Scalar>? = nil, timeSteps: Tensor<Scalar>? = nil
  ) {
    (self.observations, self.actions, self.outputs, self.logDeviations) = (
      observations, actions, outputs, logDeviations
    )
    (self.advantages, self.mask) = (advantages, mask)
    self.timeSteps = timeSteps ?? SurrogateNormalization.timeSteps.divisor(mask: mask)
    self.divisor = divisor ?? self.timeSteps
  }

  /// Creates placeholders for the samples of batches of `size`.
  public init(placeholdersFor size: EpisodeBatchSize) {
    self.init(
      observations: .placeholder([size.timeSteps, size.observationSize]),
      actions: .placeholder([size.timeSteps, size.actionSize]),
      outputs: .placeholder([size.timeSteps, size.outputSize]),
      logDeviations: .placeholder([size.actionForm.deviationCount]),
      advantages: .placeholder([size.horizon, size.episodes]),
      mask: .placeholder([size.horizon, size.episodes]), divisor: .placeholder(.scalar),
      timeSteps: .placeholder(.scalar))
  }

  /// Calls `body` on all tensors, in the order in which they are declared.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try observations.forEachTensor(body)
    try actions.forEachTensor(body)
    try outputs.forEachTensor(body)
    try logDeviations.forEachTensor(body)
    try advantages.forEachTensor(body)
    try mask.forEachTensor(body)
    try divisor.forEachTensor(body)
    try timeSteps.forEachTensor(body)
  }
}

extension Buffers<PolicySamples<Float>> {
  /// Writes a batch of episodes and their advantages.
  /// - Parameters:
  ///   - batch: the episodes whose observations, actions and mask are written.
  ///   - advantages: `[horizon, episodes]`.
  ///   - divisor: the divisor of the loss.
  ///   - timeSteps: the number of valid time steps of all samples of the task.
  ///   - stride: writes every `stride`-th time step of an episode alone, for buffers of a thinned batch.
  public func write(
    _ batch: EpisodeBatch, advantages: [Float], divisor: Float, timeSteps: Float, every stride: Int = 1
  ) {
    // The last row of the batch's observations has no action and is left out.
    let size = batch.size
    func rows(_ width: Int) -> (length: Int, stride: Int) { (width, width * stride) }
    self.observations.write(batch.observations.span, rows(size.observationSize))
    self.actions.write(batch.actions.span, rows(size.actionSize))
    self.outputs.write(batch.outputs.span, rows(size.outputSize))
    self.logDeviations.write(batch.deviations.map { .log($0) })
    self.advantages.write(advantages.span, rows(1))
    self.mask.write(batch.mask.span, rows(1))
    self.divisor.write([divisor])
    self.timeSteps.write([timeSteps])
  }
}

extension Buffers<Tensor<Float>> {
  /// Writes rows of `rows.length` elements that begin `rows.stride` elements apart, as many as fit.
  fileprivate func write(_ values: Span<Float>, _ rows: (length: Int, stride: Int)) {
    withElements { room in
      let count = room.count / rows.length
      precondition(
        count * rows.length == room.count && values.count >= (count - 1) * rows.stride + rows.length,
        "a buffer of \(room.count) elements does not hold rows of \(rows.length) of \(values.count)")
      room.withUnsafeMutableBufferPointer { room in
        values.withUnsafeBufferPointer { values in
          guard let source = values.baseAddress, let target = room.baseAddress else { return }
          // All rows lie together.
          if rows.stride == rows.length { return target.update(from: source, count: room.count) }
          for row in 0..<count {
            (target + row * rows.length).update(from: source + row * rows.stride, count: rows.length)
          }
        }
      }
    }
  }
}
