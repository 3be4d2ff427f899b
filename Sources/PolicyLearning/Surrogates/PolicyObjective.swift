public import NeuralNetworks
public import TensorCore

/// The policy-gradient objective of a task, as a loss of the policy's parameters on a batch of episodes.
///
/// The loss has the form that the inner and the outer loop of a meta-learning algorithm take, so that one program holds a
/// task's whole computation: its arguments are the meta-parameters and the samples of every adaptation step.
public struct PolicyObjective: Hashable, Sendable {
  /// The policy whose parameters the loss depends on.
  public var policy: GaussianPolicy
  /// The surrogate that turns log-probabilities and advantages into a loss.
  public var surrogate: PolicySurrogate
  /// The decay of the weight of earlier actions in DiCE; 1 is exact.
  public var pastDecay: Double

  /// Creates an objective of a policy.
  public init(
    policy: GaussianPolicy, surrogate: PolicySurrogate = .dice, pastDecay: Double = 1
  ) {
    self.policy = policy
    self.surrogate = surrogate
    self.pastDecay = pastDecay
  }

  /// The same objective with the surrogate log pi x A, for the episodes after the last inner step, where nothing is
  /// differentiated twice. It has the same gradient as the other surrogates, and its value can be interpreted.
  public var outer: PolicyObjective {
    PolicyObjective(policy: policy, surrogate: .naive)
  }

  /// The scalar loss at `parameters` on `samples`. That of a task is the sum of those of the parts of its samples.
  public func loss<Scalar>(_ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>) -> Tensor<Scalar> {
    let logProbabilities = policy.logProbabilities(
      parameters, observations: samples.observations, actions: samples.actions)
    return surrogate.loss(
      logProbabilities: logProbabilities.reshaped(to: samples.mask.shape), advantages: samples.advantages,
      mask: samples.mask, divisor: samples.divisor, pastDecay: pastDecay)
  }

  /// The loss on `samples` as a function of the parameters, in the form that an adaptation step takes.
  public func loss<Scalar>(on samples: PolicySamples<Scalar>) -> (Parameters<Scalar>) -> Tensor<Scalar> {
    { loss($0, on: samples) }
  }
}
