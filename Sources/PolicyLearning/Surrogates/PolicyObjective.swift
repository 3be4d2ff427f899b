public import NeuralNetworks
public import TensorCore

/// What a task asks of a policy, as a loss of the policy's parameters on a batch of episodes.
///
/// The loss has the form that the inner and the outer loop of a meta-learning algorithm take, so that one program holds
/// a task's whole computation: its arguments are the meta-parameters and the samples of every adaptation step.
public struct PolicyObjective: Hashable, Sendable {
  /// The policy whose parameters the loss depends on.
  public var policy: GaussianPolicy
  /// How log-probabilities and advantages become a loss.
  public var surrogate: PolicySurrogate
  /// What the loss is divided by.
  public var normalization: SurrogateNormalization
  /// How fast DiCE forgets earlier actions; 1 is exact.
  public var pastDecay: Double

  /// Creates an objective.
  public init(
    policy: GaussianPolicy, surrogate: PolicySurrogate = .dice, normalization: SurrogateNormalization = .timeSteps,
    pastDecay: Double = 1
  ) {
    self.policy = policy
    self.surrogate = surrogate
    self.normalization = normalization
    self.pastDecay = pastDecay
  }

  /// The same objective for the episodes after the last inner step, where nothing is differentiated twice: log pi x A,
  /// which has the gradient of the others and a value that says something.
  public var outer: PolicyObjective {
    PolicyObjective(policy: policy, surrogate: .naive, normalization: normalization)
  }

  /// The loss at `parameters` on `samples`, without axes.
  public func loss<Scalar>(_ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>) -> Tensor<Scalar> {
    let logProbabilities = policy.logProbabilities(
      parameters, observations: samples.observations, actions: samples.actions)
    return surrogate.loss(
      logProbabilities: logProbabilities.reshaped(to: samples.mask.shape), advantages: samples.advantages,
      mask: samples.mask, normalization: normalization, pastDecay: pastDecay)
  }

  /// The loss on `samples` as a function of the parameters: what an adaptation step takes.
  public func loss<Scalar>(on samples: PolicySamples<Scalar>) -> (Parameters<Scalar>) -> Tensor<Scalar> {
    { loss($0, on: samples) }
  }
}
