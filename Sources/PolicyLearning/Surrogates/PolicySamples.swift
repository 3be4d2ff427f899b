public import Rollouts
public import TensorCore

/// The episodes of one batch as a policy loss reads them.
public struct PolicySamples<Scalar: TensorScalar>: TensorStructure {
  /// `[horizon x episodes, observationSize]`: what was observed before each action, time-major.
  public var observations: Tensor<Scalar>
  /// `[horizon x episodes, actionSize]`: the actions, before clipping.
  public var actions: Tensor<Scalar>
  /// `[horizon, episodes]`.
  public var advantages: Tensor<Scalar>
  /// `[horizon, episodes]`: 1 at valid time steps, 0 after an episode's end.
  public var mask: Tensor<Scalar>

  /// Creates samples from their tensors.
  public init(
    observations: Tensor<Scalar>, actions: Tensor<Scalar>, advantages: Tensor<Scalar>, mask: Tensor<Scalar>
  ) {
    (self.observations, self.actions, self.advantages, self.mask) = (observations, actions, advantages, mask)
  }

  /// Stand-ins for the samples of batches of `size`.
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
  /// Writes a batch.
  /// - Parameters:
  ///   - batch: the episodes whose observations, actions and mask are written.
  ///   - advantages: `[horizon, episodes]`.
  public func write(_ batch: EpisodeBatch, advantages: [Float]) {
    // The batch has a last row of observations that nothing was done upon.
    self.observations.write(prefixOf: batch.observations.span)
    self.actions.write(prefixOf: batch.actions.span)
    self.advantages.write(prefixOf: advantages.span)
    self.mask.write(prefixOf: batch.mask.span)
  }
}

extension Buffers<Tensor<Float>> {
  fileprivate func write(prefixOf values: Span<Float>) {
    withElements { room in
      precondition(values.count >= room.count, "a buffer has \(room.count) numbers, not \(values.count)")
      for position in 0..<room.count { room[position] = values[position] }
    }
  }
}
