public import Rollouts
public import TensorCore

/// The episodes of one batch as a policy loss reads them: four tensors, the arguments of a traced function or known.
public struct PolicySamples<Scalar: TensorScalar>: Sendable {
  /// `[horizon x episodes, observationSize]`: what was observed before each action, time-major.
  public var observations: Tensor<Scalar>
  /// `[horizon x episodes, actionSize]`: the actions, before clipping.
  public var actions: Tensor<Scalar>
  /// `[horizon, episodes]`.
  public var advantages: Tensor<Scalar>
  /// `[horizon, episodes]`: 1 at valid time steps, 0 after an episode's end.
  public var mask: Tensor<Scalar>

  /// The number of tensors.
  public static var count: Int { 4 }

  /// The shapes of the tensors for batches of `size`, in the order in which `init(arguments:)` takes them.
  public static func argumentShapes(for size: EpisodeBatchSize) -> [Shape] {
    [
      [size.timeSteps, size.observationSize], [size.timeSteps, size.actionSize], [size.horizon, size.episodes],
      [size.horizon, size.episodes],
    ]
  }

  /// Creates samples from their tensors.
  public init(
    observations: Tensor<Scalar>, actions: Tensor<Scalar>, advantages: Tensor<Scalar>, mask: Tensor<Scalar>
  ) {
    (self.observations, self.actions, self.advantages, self.mask) = (observations, actions, advantages, mask)
  }

  /// Creates samples from a traced function's arguments, which have `argumentShapes`.
  public init(arguments: ArraySlice<Tensor<Scalar>>) {
    precondition(arguments.count == Self.count, "samples are \(Self.count) tensors, not \(arguments.count)")
    let first = arguments.startIndex
    self.init(
      observations: arguments[first], actions: arguments[first + 1], advantages: arguments[first + 2],
      mask: arguments[first + 3])
  }
}

extension Workspace<Float> {
  /// Writes a batch as the arguments `first ..< first + PolicySamples.count` of the workspace's program.
  /// - Parameter advantages: `[horizon, episodes]`.
  public func setSamples(_ batch: EpisodeBatch, advantages: [Float], from first: Int) {
    // The batch has a last row of observations that nothing was done upon.
    setArgument(first, toPrefixOf: batch.observations.span)
    setArgument(first + 1, toPrefixOf: batch.actions.span)
    setArgument(first + 2, toPrefixOf: advantages.span)
    setArgument(first + 3, toPrefixOf: batch.mask.span)
  }

  private func setArgument(_ index: Int, toPrefixOf values: Span<Float>) {
    withArgument(index) { room in
      precondition(values.count >= room.count, "argument \(index) has \(room.count) numbers, not \(values.count)")
      for position in 0..<room.count { room[position] = values[position] }
    }
  }
}
