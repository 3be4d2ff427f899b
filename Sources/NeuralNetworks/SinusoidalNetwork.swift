public import RandomStreams
public import TensorCore

/// A linear layer on fixed sinusoidal features of one variable: cos(2 pi f t) and sin(2 pi f t) for the frequencies f = 1, 2,
/// ..., in periods a unit of t.
///
/// The features are a known basis, as compressed sensing has one (MLSR, section 4.1; Candes, Romberg, Tao 2006): there is
/// nothing to learn below the output layer, whose weights are the amplitudes of a signal.
public struct SinusoidalNetwork: Network, Hashable {
  /// The highest frequency, in periods a unit of t.
  public var frequencies: Int
  /// The layer on the features.
  private let layer: MultilayerPerceptron

  /// Creates the network for one input and `outputSize` outputs; `frequencies` is at least 1.
  public init(
    frequencies: Int, outputSize: Int, outputInitializer: Initializer = .xavier, layerForm: LayerForm = .plain
  ) {
    precondition(frequencies >= 1, "there are no sinusoids of \(frequencies) frequencies")
    self.frequencies = frequencies
    layer = MultilayerPerceptron(
      inputSize: 2 * frequencies, hiddenSizes: [], outputSize: outputSize, outputInitializer: outputInitializer,
      layerForm: layerForm)
  }

  public var inputSize: Int { 1 }
  public var outputSize: Int { layer.outputSize }
  public var layerNames: [String] { layer.layerNames }
  public var layerSizes: [LayerSize] { layer.layerSizes }

  /// Draws the weights of the output layer.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    layer.initialParameters(from: &stream)
  }

  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    layer(parameters, features(inputs))
  }

  /// The features `[..., 2 * frequencies]` of inputs `[..., 1]`: the cosines of all frequencies, then the sines.
  public func features<Scalar>(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    let turns = Tensor<Scalar>((1...frequencies).map { Scalar(2 * Double.pi * Double($0)) })
    let angles = inputs * turns
    return concatenate([cos(angles), sin(angles)], axis: -1)
  }
}
