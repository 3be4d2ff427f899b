public import Rollouts
public import TensorCore

/// The episodes of one batch as tensors, in the form that a policy loss takes.
public struct PolicySamples<Scalar: TensorScalar>: TensorStructure {
  /// The observation before each action, `[horizon x episodes, observationSize]`, time-major.
  public var observations: Tensor<Scalar>
  /// The actions before clipping, `[horizon x episodes, actionSize]`.
  public var actions: Tensor<Scalar>
  /// The advantage of each action, `[horizon, episodes]`.
  public var advantages: Tensor<Scalar>
  /// The mask `[horizon, episodes]`: 1 at valid time steps, 0 after an episode's end.
  public var mask: Tensor<Scalar>
  /// The divisor of the loss, a scalar. Samples that are a part of a task's have that of all of them.
  public var divisor: Tensor<Scalar>

  /// Creates samples from their tensors.
  /// - Parameter divisor: the divisor of the loss; nil for the number of valid time steps of these samples.
  public init(
    observations: Tensor<Scalar>, actions: Tensor<Scalar>, advantages: Tensor<Scalar>, mask: Tensor<Scalar>,
    divisor: Tensor<Scalar>? = nil
  ) {
    (self.observations, self.actions, self.advantages, self.mask) = (observations, actions, advantages, mask)
    self.divisor = divisor ?? SurrogateNormalization.timeSteps.divisor(mask: mask)
  }

  /// Creates placeholders for the samples of batches of `size`.
  public init(placeholdersFor size: EpisodeBatchSize) {
    self.init(
      observations: .placeholder([size.timeSteps, size.observationSize]),
      actions: .placeholder([size.timeSteps, size.actionSize]),
      advantages: .placeholder([size.horizon, size.episodes]),
      mask: .placeholder([size.horizon, size.episodes]), divisor: .placeholder(.scalar))
  }

  /// Calls `body` on the observations, the actions, the advantages, the mask and the divisor.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try observations.forEachTensor(body)
    try actions.forEachTensor(body)
    try advantages.forEachTensor(body)
    try mask.forEachTensor(body)
    try divisor.forEachTensor(body)
  }
}

extension Buffers<PolicySamples<Float>> {
  /// Writes a batch of episodes and their advantages.
  /// - Parameters:
  ///   - batch: the episodes whose observations, actions and mask are written.
  ///   - advantages: `[horizon, episodes]`.
  ///   - divisor: the divisor of the loss.
  public func write(_ batch: EpisodeBatch, advantages: [Float], divisor: Float) {
    // The last row of the batch's observations has no action and is left out.
    self.observations.write(prefixOf: batch.observations.span)
    self.actions.write(prefixOf: batch.actions.span)
    self.advantages.write(prefixOf: advantages.span)
    self.mask.write(prefixOf: batch.mask.span)
    self.divisor.write([divisor])
  }
}

extension Buffers<Tensor<Float>> {
  fileprivate func write(prefixOf values: Span<Float>) {
    withElements { room in
      precondition(values.count >= room.count, "a buffer has \(room.count) elements, not \(values.count)")
      room.withUnsafeMutableBufferPointer { room in
        values.withUnsafeBufferPointer { values in
          guard let source = values.baseAddress else { return }
          room.baseAddress?.update(from: source, count: room.count)
        }
      }
    }
  }
}
