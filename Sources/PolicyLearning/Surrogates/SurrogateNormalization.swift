public import TensorCore

/// What the sum of a surrogate over the episodes and time steps of a task is divided by: the only place where the scale
/// of the policy loss, and with it the meaning of the inner learning rate, is decided.
public enum SurrogateNormalization: String, CaseIterable, Sendable {
  /// The number of valid time steps: the mean over samples, as garage and learn2learn take it.
  case timeSteps = "time-steps"
  /// The number of episodes: the gradient is that of the expected return of one episode, so at a horizon of 100 steps a
  /// hundred times that of the mean over samples.
  case episodes

  /// The number to divide by, without axes.
  /// - Parameter mask: `[horizon, episodes]`, 1 at valid time steps; at least one must be.
  public func divisor<Scalar>(mask: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .timeSteps: mask.sum()
    case .episodes: Tensor(Scalar(mask.shape[1]))
    }
  }
}
