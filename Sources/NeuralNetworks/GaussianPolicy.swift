public import RandomStreams
import RealModule
public import TensorCore

/// A policy whose actions are normal around a network's output, with a standard deviation of its own for each action
/// dimension that does not depend on the observation.
///
/// Parameters: the network's, and `log_standard_deviation` `[actions]`.
public struct GaussianPolicy: Hashable, Sendable {
  /// The network that gives the means.
  public var network: MultilayerPerceptron
  /// What every standard deviation starts as, in units of the action.
  public var initialStandardDeviation: Double
  /// The standard deviation does not fall below this, in units of the action.
  public var minimumStandardDeviation: Double

  /// What each observed number is multiplied by before the network sees it; nil for 1. Numbers of very different size,
  /// such as angles and angular velocities, learn at the same rate only once they are of one size.
  public var observationScales: [Double]?

  /// The parameter that holds the logarithms of the standard deviations.
  public static let logStandardDeviationName = "log_standard_deviation"

  /// Creates a policy's description.
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

  /// Draws parameters to start from.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    let networkParameters: Parameters<Scalar> = network.initialParameters(from: &stream)
    let start = Tensor<Scalar>(repeating: .log(Scalar(initialStandardDeviation)), shape: [network.outputSize])
    return Parameters(
      names: networkParameters.names + [Self.logStandardDeviationName], tensors: networkParameters.tensors + [start])
  }

  /// The means `[rows, actions]` for observations `[rows, observations]`.
  public func means<Scalar>(_ parameters: Parameters<Scalar>, _ observations: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let observationScales else { return network(parameters, observations) }
    return network(parameters, observations * Tensor(observationScales.map { Scalar($0) }))
  }

  /// The logarithms of the standard deviations `[actions]` or `[tasks, actions]`, not below the minimum's.
  public func logStandardDeviations<Scalar>(_ parameters: Parameters<Scalar>) -> Tensor<Scalar> {
    maximum(parameters[Self.logStandardDeviationName], Tensor(.log(Scalar(minimumStandardDeviation))))
  }

  /// log pi(a | o) `[rows]`, summed over the action dimensions, for observations `[rows, observations]` and actions
  /// `[rows, actions]`; all three may have the tasks axis before the rows, and then so may any parameter.
  public func logProbabilities<Scalar>(
    _ parameters: Parameters<Scalar>, observations: Tensor<Scalar>, actions: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let own = logStandardDeviations(parameters)
    // A task's own deviations [tasks, actions] are the same for each of its rows.
    let logDeviations = own.shape.rank == 2 ? own.insertingAxis(1) : own
    let standardized = (actions - means(parameters, observations)) * exp(-logDeviations)
    // log N(a; m, s) = -((a - m) / s)^2 / 2 - log s - log(2 pi) / 2, added up over the dimensions.
    let normalizer = logDeviations.sum(axes: -1) + Tensor(Scalar(network.outputSize) * .log(2 * .pi) / 2)
    return -0.5 * square(standardized).sum(axes: -1) - normalizer
  }
}
