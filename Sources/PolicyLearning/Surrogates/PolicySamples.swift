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

  /// Creates samples from their tensors.
  public init(
    observations: Tensor<Scalar>, actions: Tensor<Scalar>, advantages: Tensor<Scalar>, mask: Tensor<Scalar>
  ) {
    (self.observations, self.actions, self.advantages, self.mask) = (observations, actions, advantages, mask)
  }

  /// Creates placeholders for the samples of batches of `size`.
  public init(placeholdersFor size: EpisodeBatchSize) {
    self.init(
      observations: .placeholder([size.timeSteps, size.observationSize]),
      actions: .placeholder([size.timeSteps, size.actionSize]),
      advantages: .placeholder([size.horizon, size.episodes]),
      mask: .placeholder([size.horizon, size.episodes]))
  }

  /// Calls `body` on the observations, the actions, the advantages and the mask.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try observations.forEachTensor(body)
    try actions.forEachTensor(body)
    try advantages.forEachTensor(body)
    try mask.forEachTensor(body)
  }
}

extension Buffers<PolicySamples<Float>> {
  /// Writes a batch of episodes and their advantages.
  /// - Parameters:
  ///   - batch: the episodes whose observations, actions and mask are written.
  ///   - advantages: `[horizon, episodes]`.
  public func write(_ batch: EpisodeBatch, advantages: [Float]) {
    // The last row of the batch's observations has no action and is left out.
    self.observations.write(prefixOf: batch.observations.span)
    self.actions.write(prefixOf: batch.actions.span)
    self.advantages.write(prefixOf: advantages.span)
    self.mask.write(prefixOf: batch.mask.span)
  }
}

extension Buffers<Tensor<Float>> {
  fileprivate func write(prefixOf values: Span<Float>) {
    withElements { room in
      precondition(values.count >= room.count, "a buffer has \(room.count) elements, not \(values.count)")
      for position in 0..<room.count { room[position] = values[position] }
    }
  }
}
