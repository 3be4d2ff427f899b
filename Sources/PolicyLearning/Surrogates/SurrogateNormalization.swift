public import Rollouts
public import TensorCore

/// The divisor of a surrogate's sum over the episodes and time steps of a task. It alone decides the scale of the policy
/// loss, and with it the meaning of the inner learning rate.
public enum SurrogateNormalization: String, CaseIterable, Sendable {
  /// The number of valid time steps: the loss is the mean over samples, as in garage and learn2learn.
  case timeSteps = "time-steps"
  /// The number of episodes: the gradient is that of the expected return of one episode. At a horizon of 100 steps it is a
  /// hundred times that of the mean over samples.
  case episodes

  /// The divisor as a scalar tensor.
  /// - Parameter mask: `[horizon, episodes]`, 1 at valid time steps; at least one must be.
  public func divisor<Scalar>(mask: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .timeSteps: mask.sum()
    case .episodes: Tensor(Scalar(mask.shape[1]))
    }
  }

  /// The divisor for a batch of episodes.
  public func divisor(of batch: EpisodeBatch) -> Float {
    switch self {
    case .timeSteps: Float(batch.validTimeSteps)
    case .episodes: Float(batch.size.episodes)
    }
  }
}
