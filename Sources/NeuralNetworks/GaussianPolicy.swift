public import RandomStreams
import RealModule
public import TensorCore

/// A policy whose actions are normally distributed around a network's output. Each action dimension has its own standard
/// deviation, which does not depend on the observation.
///
/// Its parameters are the network's, and `log_standard_deviation` `[actions]`.
public struct GaussianPolicy: StochasticPolicy {
  /// The network that computes the means.
  public var network: MultilayerPerceptron
  /// The initial value of every standard deviation, in units of the action.
  public var initialStandardDeviation: Double
  /// The smallest standard deviation, in units of the action.
  public var minimumStandardDeviation: Double

  /// The factor of each observed value before the network; nil for 1. Values of very different magnitude, such as angles
  /// and angular velocities, learn at the same rate only once they have one magnitude.
  public var observationScales: [Double]?

  /// The parameter that holds the logarithms of the standard deviations.
  public static let logStandardDeviationName = "log_standard_deviation"

  public var deviationName: String? { Self.logStandardDeviationName }

  /// Creates a policy description.
  public init(
    network: MultilayerPerceptron, initialStandardDeviation: Double = 1, minimumStandardDeviation: Double = 1e-6,
    observationScales: [Double]? = nil
  ) {
    precondition(
      initialStandardDeviation > 0 && minimumStandardDeviation > 0,
      "standard deviations are positive, not \(initialStandardDeviation) and \(minimumStandardDeviation)")
    precondition(
      observationScales.map { $0.count == network.inputSize } ?? true,
      "\(observationScales?.count ?? 0) scales for \(network.inputSize) observed numbers")
    self.network = network
    self.initialStandardDeviation = initialStandardDeviation
    self.minimumStandardDeviation = minimumStandardDeviation
    self.observationScales = observationScales
  }

  /// Draws initial parameters.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    let networkParameters: Parameters<Scalar> = network.initialParameters(from: &stream)
    let start = Tensor<Scalar>(repeating: .log(Scalar(initialStandardDeviation)), shape: [network.outputSize])
    return Parameters(
      names: networkParameters.names + [Self.logStandardDeviationName], tensors: networkParameters.tensors + [start])
  }

  /// The means `[rows, actions]` for observations `[rows, observations]`.
  public func outputs<Scalar>(_ parameters: Parameters<Scalar>, _ observations: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let observationScales else { return network(parameters, observations) }
    return network(parameters, observations * Tensor(observationScales.map { Scalar($0) }))
  }

  /// The logarithms of the standard deviations, `[actions]` or `[tasks, actions]`, which are at least that of the minimum.
  public func logStandardDeviations<Scalar>(_ parameters: Parameters<Scalar>) -> Tensor<Scalar> {
    maximum(parameters[Self.logStandardDeviationName], Tensor(.log(Scalar(minimumStandardDeviation))))
  }

  /// The entropy of the actions in nats, a scalar, summed over the action dimensions; it does not depend on observations.
  public func entropy<Scalar>(_ parameters: Parameters<Scalar>) -> Tensor<Scalar> {
    // That of a normal distribution is log s + log(2 pi e) / 2.
    let size = Scalar(network.outputSize)
    return logStandardDeviations(parameters).sum() + Tensor(size * (.log(2 * .pi) + 1) / 2)
  }

  /// The entropy, which does not depend on observations.
  public func entropies<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>
  ) -> Tensor<Scalar> { entropy(parameters) }

  /// The log-probabilities log pi(a | o) `[rows]`, summed over the action dimensions, for observations `[rows,
  /// observations]` and actions `[rows, actions]`. All three may have the tasks axis before the rows; then any parameter
  /// may have it too.
  public func logProbabilities<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, actions: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let own = logStandardDeviations(parameters)
    // Deviations per task `[tasks, actions]` are the same for all rows of the task.
    let logDeviations = own.shape.rank == 2 ? own.insertingAxis(1) : own
    return logProbabilities(
      of: actions, outputs: outputs(parameters, observations), logDeviations: logDeviations)
  }

  /// The log-probabilities `[rows]` of actions `[rows, actions]` that are normally distributed, summed over the action
  /// dimensions.
  /// - Parameters:
  ///   - actions: `[rows, actions]`.
  ///   - outputs: the means, `[rows, actions]`.
  ///   - logDeviations: the logarithms of the standard deviations, `[actions]`.
  public func logProbabilities<Scalar>(
    of actions: Tensor<Scalar>, outputs: Tensor<Scalar>, logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let standardized = (actions - outputs) * exp(-logDeviations)
    // log N(a; m, s) = -((a - m) / s)^2 / 2 - log s - log(2 pi) / 2, summed over the dimensions.
    let size = Scalar(actions.shape[actions.shape.rank - 1])
    let normalizer = logDeviations.sum(axes: -1) + Tensor(size * .log(2 * .pi) / 2)
    return -0.5 * square(standardized).sum(axes: -1) - normalizer
  }

  /// The Kullback-Leibler divergence `[rows]` of the policy at `parameters` from the normal distributions that sampled,
  /// KL(sampled || policy), summed over the action dimensions.
  /// - Parameters:
  ///   - parameters: the parameters of the policy.
  ///   - observations: `[rows, observations]`.
  ///   - outputs: the means of the distributions that sampled, `[rows, actions]`.
  ///   - logDeviations: the logarithms of their standard deviations, `[actions]`.
  public func divergence<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, fromOutputs outputs: Tensor<Scalar>,
    logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let own = logStandardDeviations(parameters)
    let precision = exp(-2 * own)
    let distance = square(self.outputs(parameters, observations) - outputs) * precision
    // log(s / s_0) + (s_0^2 + (m - m_0)^2) / (2 s^2) - 1 / 2.
    let offset = own - logDeviations + 0.5 * exp(2 * logDeviations) * precision - 0.5
    return 0.5 * distance.sum(axes: -1) + offset.sum()
  }

  /// Half the quadratic form `[rows]` of the Fisher matrix: a normal distribution has the information 1 / s^2 about its mean
  /// and 2 about log s.
  public func halfFisherNorms<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, change: Tensor<Scalar>,
    along direction: Parameters<Scalar>
  ) -> Tensor<Scalar> {
    let precision = exp(-2 * logStandardDeviations(parameters))
    let rows = (square(change) * precision).sum(axes: -1)
    return 0.5 * rows + square(direction[Self.logStandardDeviationName]).sum()
  }
}
