public import NeuralNetworks
import RealModule
public import TensorCore

/// The policy-gradient objective of a task, as a loss of the policy's parameters on a batch of episodes.
///
/// The loss has the form that the inner and the outer loop of a meta-learning algorithm take, so that one program holds a
/// task's whole computation: its arguments are the meta-parameters and the samples of every adaptation step.
public struct PolicyObjective: Sendable {
  /// The policy whose parameters the loss depends on.
  public var policy: any StochasticPolicy
  /// The surrogate that turns log-probabilities and advantages into a loss.
  public var surrogate: PolicySurrogate
  /// The decay of the weight of earlier actions in DiCE; 1 is exact.
  public var pastDecay: Double
  /// The standard deviation of the actions of the episodes that a task adapts to, in units of the action; nil for the
  /// policy's own, as it is for choices. With one apart, inner steps leave the policy's deviation as it is, and exploration does not end where
  /// the adapted policy becomes certain.
  public var exploration: Double?
  /// The weight of the policy's entropy in the outer losses, which it lowers.
  public var entropyBonus = 0.0
  /// The weight of the entropy in this loss.
  private var entropyWeight = 0.0

  /// Creates an objective of a policy.
  public init(
    policy: any StochasticPolicy, surrogate: PolicySurrogate = .dice, pastDecay: Double = 1, exploration: Double? = nil
  ) {
    precondition(exploration.map { $0 > 0 } ?? true, "a standard deviation is positive, not \(exploration ?? 0)")
    self.policy = policy
    self.surrogate = surrogate
    self.pastDecay = pastDecay
    self.exploration = exploration
  }

  /// The same objective with the surrogate log pi x A, for the episodes after the last inner step, where nothing is
  /// differentiated twice. It has the same gradient as the other surrogates, and its value can be interpreted.
  public var outer: PolicyObjective {
    var objective = self
    objective.surrogate = .naive
    return objective.ofAdapted
  }

  /// The same objective on the episodes of an adapted policy, whose deviation is the policy's own, with the bonus for its
  /// entropy.
  public var ofAdapted: PolicyObjective {
    var objective = self
    (objective.exploration, objective.entropyWeight, objective.pastDecay) = (nil, entropyBonus, 1)
    return objective
  }

  /// The same objective with the surrogate that may be evaluated at other parameters than those that sampled.
  public var elsewhere: PolicyObjective {
    var objective = self
    objective.surrogate = .likelihoodRatio
    return objective
  }

  /// The parameter that holds the logarithms of the deviations of the exploration, `[actions]`, where these are learned.
  public static let logExplorationName = "log_exploration_deviation"

  /// The parameters of the policy that collects the episodes of an adaptation step: `parameters` with the deviation of
  /// the exploration.
  public func exploring<Scalar>(_ parameters: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let exploration, let name = policy.deviationName else { return parameters }
    if parameters.names.contains(Self.logExplorationName) {
      return parameters.merging(Parameters([(name, parameters[Self.logExplorationName])]))
    }
    let deviations = Tensor<Scalar>(repeating: .log(Scalar(exploration)), shape: parameters[name].shape)
    return parameters.merging(Parameters([(name, deviations)]))
  }

  /// The log-probabilities `[horizon, episodes]` of the actions of `samples` at `parameters`.
  private func logProbabilities<Scalar>(
    _ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>
  ) -> Tensor<Scalar> {
    policy.logProbabilities(exploring(parameters), observations: samples.observations, actions: samples.actions)
      .reshaped(to: samples.mask.shape)
  }

  /// The log-probabilities `[horizon x episodes]` of the actions of `samples` when they were sampled.
  public func sampledLogProbabilities<Scalar>(of samples: PolicySamples<Scalar>) -> Tensor<Scalar> {
    policy.logProbabilities(of: samples.actions, outputs: samples.outputs, logDeviations: samples.logDeviations)
  }

  /// The scalar loss at `parameters` on `samples`. That of a task is the sum of those of the parts of its samples.
  public func loss<Scalar>(_ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>) -> Tensor<Scalar> {
    let loss = surrogate.loss(
      logProbabilities: logProbabilities(parameters, on: samples),
      sampled: sampledLogProbabilities(of: samples).reshaped(to: samples.mask.shape), advantages: samples.advantages,
      mask: samples.mask, divisor: samples.divisor, pastDecay: pastDecay)
    return less(entropyOf: parameters, on: samples, loss)
  }

  /// A loss less the weighted entropy of the policy at the valid time steps.
  private func less<Scalar>(
    entropyOf parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>, _ loss: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    guard entropyWeight > 0 else { return loss }
    let entropies = policy.entropies(parameters, observations: samples.observations)
    guard entropies.shape.rank > 0 else {
      return loss - Tensor(Scalar(entropyWeight)) * entropies * samples.mask.sum() / samples.divisor
    }
    let sum = (entropies.reshaped(to: samples.mask.shape) * samples.mask).sum()
    return loss - Tensor(Scalar(entropyWeight)) * sum / samples.divisor
  }

  /// The mean log-probability over the valid time steps of the actions of `samples`, a scalar. That of a task is the sum of
  /// those of the parts of its samples.
  public func meanLogProbability<Scalar>(
    _ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>
  ) -> Tensor<Scalar> {
    (logProbabilities(parameters, on: samples) * samples.mask).sum() / samples.timeSteps
  }

  /// The loss on `samples` as a function of the parameters, in the form that an adaptation step takes.
  public func loss<Scalar>(on samples: PolicySamples<Scalar>) -> (Parameters<Scalar>) -> Tensor<Scalar> {
    { loss($0, on: samples) }
  }

  /// The scalar loss at `parameters` on `samples`, with the likelihood ratio held within `1 - clip ... 1 + clip` where that
  /// makes it worse: there is nothing to gain from going further (PPO; Schulman et al. 2017, eq. 7). The share of the time
  /// steps whose ratio lies outside comes with it. Those of a task are the sums of those of the parts of its samples.
  public func clippedLoss<Scalar>(
    _ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>, clip: Scalar
  ) -> (loss: Tensor<Scalar>, clippedShare: Tensor<Scalar>) {
    let sampled = sampledLogProbabilities(of: samples).reshaped(to: samples.mask.shape)
    let ratio = exp((logProbabilities(parameters, on: samples) - sampled) * samples.mask)
    let held = minimum(maximum(ratio, Tensor(1 - clip)), Tensor(1 + clip))
    let gains = minimum(ratio * samples.advantages, held * samples.advantages) * samples.mask
    let outside = step(abs(ratio - 1) - Tensor(clip)) * samples.mask
    let loss = less(entropyOf: parameters, on: samples, -gains.sum() / samples.divisor)
    return (loss, outside.sum() / samples.timeSteps)
  }

  /// The mean Kullback-Leibler divergence over the valid time steps of the policy at `parameters` from that which sampled.
  /// That of a task is the sum of those of the parts of its samples.
  public func divergence<Scalar>(
    _ parameters: Parameters<Scalar>, on samples: PolicySamples<Scalar>
  ) -> Tensor<Scalar> {
    let divergences = policy.divergence(
      exploring(parameters), observations: samples.observations, fromOutputs: samples.outputs,
      logDeviations: samples.logDeviations)
    return (divergences.reshaped(to: samples.mask.shape) * samples.mask).sum() / samples.timeSteps
  }

  /// Half the quadratic form of the mean Fisher matrix over the valid time steps at `parameters`, whose gradient with
  /// respect to `direction` is the product of this matrix with it. That of a task is the sum of those of the parts of its
  /// samples.
  public func halfFisherNorm<Scalar>(
    _ parameters: Parameters<Scalar>, along direction: Parameters<Scalar>, on samples: PolicySamples<Scalar>
  ) -> Tensor<Scalar> {
    let parameters = parameters.map(stopGradient)
    // The derivative of the outputs along the direction: that of the vector-Jacobian product, which is linear in its vector.
    let change = gradient(at: samples.outputs) { vector in
      gradient(at: parameters) { (policy.outputs($0, samples.observations) * vector).sum() }.innerProduct(
        with: direction)
    }
    let rows = policy.halfFisherNorms(
      parameters, observations: samples.observations, change: change, along: direction)
    return (rows.reshaped(to: samples.mask.shape) * samples.mask).sum() / samples.timeSteps
  }
}
