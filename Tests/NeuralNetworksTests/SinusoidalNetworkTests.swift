import NeuralNetworks
import RandomStreams
import TensorCore
import Testing

@Suite struct SinusoidalNetworkTests {
  private let network = SinusoidalNetwork(frequencies: 3, outputSize: 1)

  @Test func featuresAreTheCosinesAndThenTheSines() {
    let found: Tensor<Double> = network.features(Tensor(shape: [1, 2, 1], scalars: [0, 1 / 12]))
    #expect(found.shape == [1, 2, 6])
    let expected = [1, 1, 1, 0, 0, 0, 0.75.squareRoot(), 0.5, 0, 0.5, 0.75.squareRoot(), 1]
    // A rounding of the angle.
    for (x, y) in zip(found.scalars, expected) { #expect(abs(x - y) < 1e-15) }
  }

  /// Over a period the features are orthogonal, each with a mean square of 1/2.
  @Test func featuresAreOrthogonalOverAPeriod() {
    let count = 16
    let features: Tensor<Double> = network.features(
      Tensor(shape: [count, 1], scalars: (0..<count).map { Double($0) / Double(count) }))
    let gram = (Tensor(1 / Double(count)) * matmul(features.transposed(), features)).scalars
    for (index, value) in gram.enumerated() { #expect(abs(value - (index % 7 == 0 ? 0.5 : 0)) < 1e-15) }
  }

  @Test func outputIsALinearLayerOnTheFeaturesForEachTask() {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    let initial: Parameters<Double> = network.initialParameters(from: &stream)
    #expect(initial.names == ["output.weight", "output.bias"] && initial.shapes == [[6, 1], [1]])
    #expect(network.layerNames == ["output"] && network.layerSizes == [LayerSize(rows: 6, columns: 1)])
    // Two tasks: the first cosine, and twice the second sine plus 1.
    let parameters = Parameters<Double>([
      ("output.weight", Tensor(shape: [2, 6, 1], scalars: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0])),
      ("output.bias", Tensor(shape: [2, 1], scalars: [0, 1])),
    ])
    let found = network(parameters, Tensor(shape: [2, 1, 1], scalars: [1 / 6, 1 / 8])).scalars
    #expect(abs(found[0] - 0.5) < 1e-15 && abs(found[1] - 3) < 1e-15)
  }

  @Test func modelRefusesOtherInputsThanOneNumber() {
    let error = #expect(throws: (any Error).self) {
      _ = try SinusoidalModel().network(for: ModelProblem(inputSize: 2, outputSize: 1))
    }
    #expect("\(error as Any)".contains("model sinusoids: expected a task of one input, found one of 2"))
  }
}
