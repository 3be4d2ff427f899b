import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

/// MAML's meta-gradient of a whole convolutional network, transductive batch normalisation included, against finite
/// differences of the inner loop in Double. The differences are good to about 1e-10 and the norm is of order 1.
@Suite struct ConvolutionalMetaGradientTests {
  private let tasks = 2
  /// A 1 at the label of each row.
  private let targets = Tensor<Double>(
    shape: [2, 4, 3], scalars: [0, 1, 2, 1, 2, 0, 1, 0].flatMap { label in (0..<3).map { $0 == label ? 1 : 0 } })

  private func network(_ downsampling: ConvolutionalNetwork.Downsampling) -> ConvolutionalNetwork {
    ConvolutionalNetwork(
      image: .init(height: 6, width: 5, channels: 1), blocks: 2, filters: 2, downsampling: downsampling,
      features: downsampling == .stride(2) ? .mean : .flat, outputSize: 3)
  }

  private func parameters(_ network: ConvolutionalNetwork) -> Parameters<Double> {
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    // Biases and shifts that are not zero, scales that are not one.
    return (network.initialParameters(from: &stream) as Parameters<Double>).map {
      $0 + 0.3 * testValues($0.shape, seed: 11 + $0.shape.count)
    }
  }

  private func loss(_ network: ConvolutionalNetwork, seed: Int) -> Adaptation.Loss<Double> {
    let images: Tensor<Double> = testValues([tasks, 4, 30], seed: seed)
    return { softmaxCrossEntropy(logits: network($0, images), targets: targets).mean(axes: 1).sum() }
  }

  @Test(arguments: [
    (ConvolutionalNetwork.Downsampling.stride(2), ParameterSelection.all, 1), (.stride(2), .all, 2),
    (.pooling(2), .all, 1), (.stride(2), .outputLayer, 1), (.pooling(2), .layers(["block2"]), 1),
  ])
  func matchesFiniteDifferences(
    _ downsampling: ConvolutionalNetwork.Downsampling, _ adapted: ParameterSelection, _ steps: Int
  ) {
    let network = network(downsampling), parameters = parameters(network)
    var algorithm = MetaObjective.maml(InnerLoopSettings(rate: 0.4))
    algorithm.adaptation.last.adapted = adapted
    let support = Array(repeating: loss(network, seed: 1), count: steps)
    let query = loss(network, seed: 2)
    let exact = algorithm.outerLossAndGradient(parameters, supportLosses: support, queryLoss: query, tasks: tasks)
      .gradient
    // Compiled: a few hundred evaluations.
    let program = Program(for: algorithm.adaptation.metaParameters(startingFrom: parameters)) {
      algorithm.outerLoss($0, supportLosses: support, queryLoss: query, tasks: tasks)
    }
    let numeric = GradientCheck.finiteDifferences(at: parameters.tensors) { tensors in
      program(algorithm.adaptation.metaParameters(startingFrom: parameters.replacingTensors(tensors))).scalar
    }
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < 1e-7)
    // Filters, scales, shifts and outputs all have a share; biases, which the mean takes away, have none.
    for (name, derivative) in zip(exact.names, exact.tensors) {
      let isBlockBias = name.hasPrefix("block") && name.hasSuffix("bias")
      #expect(derivative.scalars.contains { $0 != 0 } == !isBlockBias, "\(name)")
    }
  }
}
