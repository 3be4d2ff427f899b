public import NeuralNetworks
import TensorCore

/// A step by a meta-optimizer that a task adapts together with the model ("Decoupling adaptation from modeling with
/// meta-optimizers", eqs. 3 and 4, with the inner rate alpha before the update as well, as in A.1.1):
///
///     theta_{t+1} = theta_t - alpha U_{xi_t}(g_t)                g_t = the gradient of L at theta_t
///     xi_{t+1}    = xi_t - alpha (gradient of L(theta_{t+1}) with respect to xi_t)
///
/// xi acts on L through theta_{t+1} alone, so that the second gradient is -alpha (dU_{xi_t}(g_t) / dxi_t)^T g_{t+1}. It
/// needs g_{t+1}, which the next step computes: a step first updates xi, by the gradient of the step before, and then
/// theta. A single step leaves xi as it is. In reinforcement learning g_{t+1} is the gradient on the next step's episodes.
///
/// The state of a task holds its xi and its last gradient.
public struct AdaptedOptimizerStep: UpdateRule {
  /// The map U.
  public var transform: any GradientTransform
  /// The inner learning rate alpha, of the model and of the meta-optimizer.
  public var rate: Double

  private static let optimizer = "optimizer"
  private static let lastGradient = "gradient"

  /// Creates the rule from a map and an inner learning rate.
  public init(_ transform: any GradientTransform, rate: Double) {
    self.transform = transform
    self.rate = rate
  }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    transform.initialParameters(forEach: adapted)
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    // Before the first step no update depends on xi: the map of a zero gradient does not depend on it.
    UpdateState([(Self.optimizer, ruleParameters), (Self.lastGradient, adapted.zeros)])
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let optimizer = adaptedOptimizer(
      state[Self.optimizer], lastGradient: state[Self.lastGradient], gradient: gradient)
    (state[Self.optimizer], state[Self.lastGradient]) = (optimizer, gradient)
    return Tensor(Scalar(rate)) * transform.updates(gradient, ruleParameters: optimizer)  // Eq. 3.
  }

  /// xi after eq. 4.
  private func adaptedOptimizer<Scalar>(
    _ optimizer: Parameters<Scalar>, lastGradient: Parameters<Scalar>, gradient: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    let ascent = TensorCore.gradient(at: optimizer) {
      transform.updates(lastGradient, ruleParameters: $0).innerProduct(with: gradient)
    }
    return optimizer + Tensor(Scalar(rate * rate)) * ascent
  }
}
