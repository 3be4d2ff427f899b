public import RandomStreams
public import TensorCore

/// A policy whose actions are distributed by the outputs of a network of observations.
///
/// Each row has a distribution of its own, which its outputs determine together with the standard deviations that are
/// the same for all rows, where the policy has any. An action is a row of numbers; that of a choice is its index.
public protocol StochasticPolicy: Hashable, Sendable {
  /// The network that computes the outputs.
  var network: MultilayerPerceptron { get }

  /// The name of the parameter that holds the logarithms of the standard deviations; nil where there are none.
  var deviationName: String? { get }

  /// Draws initial parameters.
  func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar>

  /// The outputs `[rows, outputs]` for observations `[rows, observations]`.
  func outputs<Scalar>(_ parameters: Parameters<Scalar>, _ observations: Tensor<Scalar>) -> Tensor<Scalar>

  /// The logarithms of the standard deviations, `[deviations]`, of which there may be none.
  func logStandardDeviations<Scalar>(_ parameters: Parameters<Scalar>) -> Tensor<Scalar>

  /// The log-probabilities `[rows]` of actions `[rows, actionSize]` under the distributions of some outputs.
  /// - Parameters:
  ///   - actions: `[rows, actionSize]`.
  ///   - outputs: `[rows, outputs]`.
  ///   - logDeviations: the logarithms of the standard deviations, `[deviations]`.
  func logProbabilities<Scalar>(
    of actions: Tensor<Scalar>, outputs: Tensor<Scalar>, logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar>

  /// The log-probabilities log pi(a | o) `[rows]` for observations `[rows, observations]` and actions `[rows, actionSize]`.
  func logProbabilities<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, actions: Tensor<Scalar>
  ) -> Tensor<Scalar>

  /// The entropies of the actions in nats, `[rows]`; a scalar where they do not depend on the observation.
  func entropies<Scalar>(_ parameters: Parameters<Scalar>, observations: Tensor<Scalar>) -> Tensor<Scalar>

  /// The Kullback-Leibler divergence `[rows]` of the policy at `parameters` from the distributions that sampled,
  /// KL(sampled || policy).
  /// - Parameters:
  ///   - parameters: the parameters of the policy.
  ///   - observations: `[rows, observations]`.
  ///   - outputs: the outputs that sampled, `[rows, outputs]`.
  ///   - logDeviations: the logarithms of the standard deviations that sampled, `[deviations]`.
  func divergence<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, fromOutputs outputs: Tensor<Scalar>,
    logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar>

  /// Half the quadratic form `[rows]` of the Fisher matrix of each row's distribution along a direction of the parameters.
  /// - Parameters:
  ///   - parameters: the parameters of the policy.
  ///   - observations: `[rows, observations]`.
  ///   - change: the derivative of the outputs along the direction, `[rows, outputs]`.
  ///   - direction: the direction, of the form of the parameters.
  func halfFisherNorms<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, change: Tensor<Scalar>,
    along direction: Parameters<Scalar>
  ) -> Tensor<Scalar>
}
