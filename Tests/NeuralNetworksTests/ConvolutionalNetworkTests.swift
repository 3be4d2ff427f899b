import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

@Suite struct ConvolutionalNetworkTests {
  private typealias Size = ConvolutionalNetwork.ImageSize

  private static func parameters<Scalar>(of network: some Network) -> Parameters<Scalar> {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    return network.initialParameters(from: &stream)
  }

  /// The numbers of parameters in "Decoupling adaptation from modeling with meta-optimizers", A.1, ten classes each.
  @Test(arguments: [
    (28, 1, 64, 4, 112_586), (28, 1, 64, 2, 38_474), (32, 3, 32, 4, 29_226), (32, 3, 32, 2, 10_602),
  ])
  func parameterCountsAreThePublishedOnes(_ side: Int, _ channels: Int, _ filters: Int, _ blocks: Int, _ count: Int) {
    let network = ConvolutionalNetwork(
      image: Size(height: side, width: side, channels: channels), blocks: blocks, filters: filters, outputSize: 10)
    #expect((Self.parameters(of: network) as Parameters<Float>).count == count)
  }

  /// The same section for mini-ImageNet: pooling by 2 in four blocks, or by 4 in two, leaves 5 x 5 pixels of 32 filters.
  @Test(arguments: [(4, 2, 36_906), (2, 4, 18_282)])
  func miniImageNetNetworksHaveThePublishedSizes(_ blocks: Int, _ window: Int, _ count: Int) {
    let network = ConvolutionalNetwork(
      image: Size(height: 84, width: 84, channels: 3), blocks: blocks, filters: 32, downsampling: .pooling(window),
      features: .flat, outputSize: 10)
    #expect((Self.parameters(of: network) as Parameters<Float>).count == count)
    #expect(network.lastSize == Size(height: 5, width: 5, channels: 32))
  }

  @Test func omniglotNetworkHalvesImagesFourTimes() {
    let network = ConvolutionalNetwork(image: Size(height: 28, width: 28, channels: 1), filters: 8, outputSize: 5)
    #expect(network.lastSize == Size(height: 2, width: 2, channels: 8))
    #expect(network.layerNames == ["block1", "block2", "block3", "block4", "output"])
    let parameters: Parameters<Float> = Self.parameters(of: network)
    #expect(parameters.selecting(.outputLayer).shapes == [[8, 5], [5]])
    #expect(parameters["block2.weight"].shape == [3, 3, 8, 8])
    #expect(network(parameters, testValues([6, 784], seed: 1)).shape == [6, 5])
  }

  @Test(arguments: [ConvolutionalNetwork.Downsampling.stride(2), .pooling(2)], ConvolutionalNetwork.Features.allCases)
  func tasksAxisEqualsSeparateRuns(
    _ downsampling: ConvolutionalNetwork.Downsampling, _ features: ConvolutionalNetwork.Features
  ) {
    let network = ConvolutionalNetwork(
      image: Size(height: 8, width: 6, channels: 2), blocks: 2, filters: 3, downsampling: downsampling,
      features: features, outputSize: 4)
    let shared: Parameters<Double> = Self.parameters(of: network)
    let own = (0..<3).map { task in shared.map { testValues($0.shape, seed: 3 * task + $0.shape.count) } }
    let inputs: Tensor<Double> = testValues([3, 5, 96], seed: 40)
    let batched = shared.replacingTensors(shared.names.map { name in stack(own.map { $0[name] }) })
    let (apart, together) = (network(batched, inputs), network(shared, inputs))
    for task in 0..<3 {
      let rows = inputs.element(task, axis: 0)
      for (found, expected) in [
        (apart, network(own[task], rows)), (together, network(shared, rows)),
      ] {
        #expect(found.shape == [3, 5, 4])
        // The same sums; the output's product may be part of a larger one.
        for (a, b) in zip(found.element(task, axis: 0).scalars, expected.scalars) { #expect(abs(a - b) < 1e-13) }
      }
    }
  }

  @Test func transformsFollowTheConvolutionAndTheOutput() {
    let plainNetwork = ConvolutionalNetwork(
      image: Size(height: 5, width: 5, channels: 1), blocks: 2, filters: 3, outputSize: 2)
    var network = plainNetwork
    let plain: Parameters<Double> = Self.parameters(of: plainNetwork)
    let inputs: Tensor<Double> = testValues([6, 25], seed: 3)
    let expected = plainNetwork(plain, inputs)
    network.layerForm = .transformed
    var parameters: Parameters<Double> = Self.parameters(of: network)
    #expect(parameters.selecting(.weights).names == plain.names)
    // Identities change nothing.
    #expect(network(parameters, inputs).scalars == expected.scalars)
    // A permutation of the filters is undone by the next block's filters, scales, shifts and weights in the same order.
    let permutation = Tensor<Double>(shape: [3, 3], scalars: [0, 1, 0, 0, 0, 1, 1, 0, 0])
    parameters["block2.transform"] = permutation
    parameters["block2.scale"] = Tensor([1, 2, 3])
    parameters["output.transform"] = Tensor(shape: [2, 2], scalars: [0, 2, 1, 0])
    var moved = plain
    moved["block2.scale"] = matmul(permutation, Tensor(shape: [3, 1], scalars: [1, 2, 3])).flattened()
    moved["output.weight"] = matmul(permutation, plain["output.weight"])
    let (found, unmoved) = (network(parameters, inputs), plainNetwork(moved, inputs))
    for row in 0..<6 {
      #expect(abs(found.scalars[2 * row] - unmoved.scalars[2 * row + 1]) < 1e-13)
      #expect(abs(found.scalars[2 * row + 1] - 2 * unmoved.scalars[2 * row]) < 1e-13)
    }
  }

  @Test func runningStatisticsOfOneBatchGiveItsOutputs() {
    let network = ConvolutionalNetwork(
      image: Size(height: 6, width: 6, channels: 1), blocks: 2, filters: 3, outputSize: 2)
    let parameters = (Self.parameters(of: network) as Parameters<Double>).map {
      testValues($0.shape, seed: $0.shape.count)
    }
    let inputs: Tensor<Double> = testValues([7, 36], seed: 3)
    // Without memory, the averages are those of the batch, and the bias, which they now hold, cancels against them.
    let running = RunningStatistics<Double>(for: network, decay: 0)
      .updated(with: network.batchStatistics(parameters, inputs))
    let found = network(parameters, inputs, statistics: running).scalars
    for (a, b) in zip(found, network(parameters, inputs).scalars) { #expect(abs(a - b) < 1e-12) }
    // An image alone gives what it gives beside others, which batch statistics do not.
    let alone = inputs.sliced(axis: 0, 2..<3)
    let single = network(parameters, alone, statistics: running).scalars
    for (a, b) in zip(single, found[4..<6]) { #expect(abs(a - b) < 1e-13) }
    #expect(abs(network(parameters, alone).scalars[0] - found[4]) > 1e-3)
  }

  @Test func runningStatisticsForgetAtTheirDecay() {
    let network = ConvolutionalNetwork(
      image: Size(height: 2, width: 2, channels: 1), blocks: 1, filters: 1, outputSize: 1)
    var running = RunningStatistics<Double>(for: network, decay: 0.5)
    // Two tasks with means 2 and 4 and variances 3 and 5.
    let batch = Parameters<Double>([
      ("block1.mean", Tensor(shape: [2, 1, 1], scalars: [2, 4])),
      ("block1.variance", Tensor(shape: [2, 1, 1], scalars: [3, 5])),
    ])
    running = running.updated(with: batch)
    #expect(running.averages.tensors.map(\.scalars) == [[1.5], [2.5]])
    #expect(running.updated(with: batch).averages.tensors.map(\.scalars) == [[2.25], [3.25]])
  }
}
