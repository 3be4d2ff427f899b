public import RandomStreams
public import TensorCore

/// A policy that chooses one of finitely many actions with the probabilities that the softmax of a network's outputs gives
/// to them.
///
/// Its parameters are the network's. An action is the index of the choice, as one number.
public struct CategoricalPolicy: StochasticPolicy {
  /// The network that computes the logits.
  public var network: MultilayerPerceptron

  /// The factor of each observed value before the network; nil for 1.
  public var observationScales: [Double]?

  /// Choices have no standard deviations.
  public var deviationName: String? { nil }

  /// Creates a policy description.
  public init(network: MultilayerPerceptron, observationScales: [Double]? = nil) {
    precondition(
      observationScales.map { $0.count == network.inputSize } ?? true,
      "\(observationScales?.count ?? 0) scales for \(network.inputSize) observed numbers")
    self.network = network
    self.observationScales = observationScales
  }

  /// Draws initial parameters.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    network.initialParameters(from: &stream)
  }

  /// The logits `[rows, choices]` for observations `[rows, observations]`.
  public func outputs<Scalar>(_ parameters: Parameters<Scalar>, _ observations: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let observationScales else { return network(parameters, observations) }
    return network(parameters, observations * Tensor(observationScales.map { Scalar($0) }))
  }

  /// None.
  public func logStandardDeviations<Scalar>(_ parameters: Parameters<Scalar>) -> Tensor<Scalar> { .zeros([0]) }

  /// The log-probabilities `[rows]` of choices `[rows, 1]`, which the log-softmax of logits `[rows, choices]` gives to them.
  public func logProbabilities<Scalar>(
    of actions: Tensor<Scalar>, outputs: Tensor<Scalar>, logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let indices = Tensor((0..<network.outputSize).map { Scalar($0) })
    // Whatever is not chosen is left out, not multiplied by 0: its logit may be any number.
    let chosen = select(actions .== indices, Self.logSoftmax(outputs), 0)
    return chosen.sum(axes: -1)
  }

  /// The log-probabilities log pi(a | o) `[rows]` of choices `[rows, 1]` for observations `[rows, observations]`.
  public func logProbabilities<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, actions: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    logProbabilities(
      of: actions, outputs: outputs(parameters, observations), logDeviations: logStandardDeviations(parameters))
  }

  /// The entropies of the choices in nats, `[rows]`: the negative sums of p log p.
  public func entropies<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let logarithms = Self.logSoftmax(outputs(parameters, observations))
    return -(exp(logarithms) * logarithms).sum(axes: -1)
  }

  /// The divergence KL(sampled || policy) `[rows]`: the sums of p_0 (log p_0 - log p).
  public func divergence<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, fromOutputs outputs: Tensor<Scalar>,
    logDeviations: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let sampled = Self.logSoftmax(outputs)
    return (exp(sampled) * (sampled - Self.logSoftmax(self.outputs(parameters, observations)))).sum(axes: -1)
  }

  /// Half the quadratic form `[rows]` of the Fisher matrix, which is diag(p) - p p^T in the logits: half the variance of the
  /// change of the logits under p.
  public func halfFisherNorms<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, change: Tensor<Scalar>,
    along direction: Parameters<Scalar>
  ) -> Tensor<Scalar> {
    let probabilities = exp(Self.logSoftmax(outputs(parameters, observations)))
    let mean = (probabilities * change).sum(axes: -1).insertingAxis(1)
    return 0.5 * (probabilities * square(change - mean)).sum(axes: -1)
  }

  /// The logarithms of the probabilities of choices, whose form overflows on neither side.
  private static func logSoftmax<Scalar>(_ logits: Tensor<Scalar>) -> Tensor<Scalar> {
    logits - logits.logSumExp(axis: -1, keepingAxes: true)
  }
}
