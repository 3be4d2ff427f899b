public import RandomStreams
public import TensorCore

/// A convolutional network whose channels are normalised by given statistics, so that the output for an image does not
/// depend on the other images of the batch.
public struct FixedNormalizationNetwork: Network {
  /// The network.
  package let network: ConvolutionalNetwork
  /// The statistics by which it is normalised.
  package let statistics: RunningStatistics<Float>

  /// Creates the network with running statistics from its training.
  public init(_ network: ConvolutionalNetwork, statistics: RunningStatistics<Float>) {
    self.network = network
    self.statistics = statistics
  }

  public var inputSize: Int { network.inputSize }
  public var outputSize: Int { network.outputSize }
  public var layerNames: [String] { network.layerNames }

  public var layerSizes: [LayerSize] { network.layerSizes }

  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    network.initialParameters(from: &stream)
  }

  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    network(parameters, inputs, statistics: statistics.converted())
  }
}
