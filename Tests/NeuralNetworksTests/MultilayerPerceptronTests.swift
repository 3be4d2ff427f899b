import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

@Suite struct MultilayerPerceptronTests {
  private let parameters = Parameters<Double>([
    ("hidden1.weight", Tensor(shape: [2, 2], scalars: [0.5, -1, 0.25, 2])),
    ("hidden1.bias", Tensor([0.1, -0.2])),
    ("output.weight", Tensor(shape: [2, 1], scalars: [1.5, -0.5])),
    ("output.bias", Tensor([0.3])),
  ])

  /// Outputs for the inputs (1, 2) and (-0.4, 0.8), computed from the formula in Python.
  @Test(arguments: [
    (Activation.tanh, [1.0044327725403805, -0.023901014485700423]),
    (.relu, [0.5500000000000003, -0.45]),
    (.sigmoid, [0.954052246342111, 0.6583943136686539]),
    (.softplus, [0.9514865745291605, 0.4401061848473194]),
  ])
  func outputMatchesTheFormula(_ activation: Activation, _ expected: [Double]) {
    let network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [2], outputSize: 1, activation: activation)
    let outputs = network(parameters, Tensor(shape: [2, 2], scalars: [1, 2, -0.4, 0.8]))
    #expect(outputs.shape == [2, 1])
    // The same formula in Double, with sums in another order.
    for (found, expected) in zip(outputs.scalars, expected) { #expect(abs(found - expected) < 1e-14) }
  }

  @Test func networkWithoutHiddenLayersIsLinear() {
    let network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [], outputSize: 1)
    let outputs = network(parameters.selecting(.outputLayer), Tensor(shape: [1, 2], scalars: [2, 4]))
    // 1.5 * 2 - 0.5 * 4 + 0.3; 1 and 0.3 add up with one rounding.
    #expect(abs(outputs.scalars[0] - 1.3) < 1e-15)
  }

  @Test func parametersHaveTheNamesAndShapesOfTheLayers() {
    let network = MultilayerPerceptron(
      inputSize: 3, hiddenSizes: [5, 4], outputSize: 2, hiddenInitializer: .orthogonal(gain: 1))
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    let parameters: Parameters<Float> = network.initialParameters(from: &stream)
    #expect(
      parameters.names
        == ["hidden1.weight", "hidden1.bias", "hidden2.weight", "hidden2.bias", "output.weight", "output.bias"])
    #expect(parameters.shapes == [[3, 5], [5], [5, 4], [4], [4, 2], [2]])
    #expect(parameters["hidden2.bias"].scalars == [0, 0, 0, 0])
    #expect(Set(parameters["output.weight"].scalars).count == 8)
  }

  @Test(arguments: [ParameterSelection.all, .outputLayer, .layers(["hidden1"])])
  func tasksAxisEqualsSeparateRuns(_ ownLayers: ParameterSelection) {
    let network = MultilayerPerceptron(inputSize: 3, hiddenSizes: [4], outputSize: 2)
    let (tasks, rows) = (3, 5)
    var stream = RandomAddress(seed: 2, purpose: .test).stream
    let shared: Parameters<Double> = network.initialParameters(from: &stream)
    let own = (0..<tasks).map { task in
      shared.merging(shared.map { testValues($0.shape, seed: 7 * task + $0.shape.count) }.selecting(ownLayers))
    }
    let batched = shared.merging(
      Parameters(
        names: shared.selecting(ownLayers).names,
        tensors: shared.selecting(ownLayers).names.map { name in stack(own.map { $0[name] }) }))
    let inputs: Tensor<Double> = testValues([tasks, rows, 3], seed: 99)
    let outputs = network(batched, inputs)
    #expect(outputs.shape == [tasks, rows, 2])
    for task in 0..<tasks {
      let separate = network(own[task], inputs.element(task, axis: 0))
      // Products of other shapes may add up in another order: sums of 4 terms of order 1.
      for (a, b) in zip(outputs.element(task, axis: 0).scalars, separate.scalars) { #expect(abs(a - b) < 1e-14) }
    }
  }

  /// (x W + b) T in every layer, against the sums written out; T starts as the identity and takes no random number.
  @Test func transformedLayersMultiplyWeightsAndBiasByAMatrix() {
    var plain = MultilayerPerceptron(inputSize: 2, hiddenSizes: [3], outputSize: 2)
    let network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [3], outputSize: 2, layerForm: .transformed)
    var (stream, plainStream) = (
      RandomAddress(seed: 1, purpose: .test).stream, RandomAddress(seed: 1, purpose: .test).stream
    )
    let start: Parameters<Double> = network.initialParameters(from: &stream)
    let plainStart: Parameters<Double> = plain.initialParameters(from: &plainStream)
    #expect(start.selecting(.weights).tensors.map(\.scalars) == plainStart.tensors.map(\.scalars))
    #expect(start["hidden1.transform"].scalars == [1, 0, 0, 0, 1, 0, 0, 0, 1])
    let inputs: Tensor<Double> = testValues([4, 2], seed: 5)
    #expect(network(start, inputs).scalars == plain(plainStart, inputs).scalars)
    let moved = start.replacingTensors(start.shapes.enumerated().map { testValues($1, seed: 60 + $0) })
    let hidden = tanh(
      matmul(matmul(inputs, moved["hidden1.weight"]) + moved["hidden1.bias"], moved["hidden1.transform"]))
    let expected = matmul(matmul(hidden, moved["output.weight"]) + moved["output.bias"], moved["output.transform"])
    #expect(network(moved, inputs).scalars == expected.scalars)
    // Without an activation it is a linear map: what goes in doubled comes out doubled.
    plain.activation = nil
    let doubled = plain(plainStart, Tensor(2) * inputs).scalars
    for (x, y) in zip(doubled, plain(plainStart, inputs).scalars) { #expect(abs(x - 2 * y) < 1e-15) }
  }

  @Test func inputsMayBeSharedByTasksWithWeightsOfTheirOwn() {
    let network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [2], outputSize: 1)
    let batched = parameters.map { stack([$0, 2 * $0]) }
    let inputs: Tensor<Double> = testValues([4, 2], seed: 5)
    let outputs = network(batched, inputs)
    #expect(outputs.shape == [2, 4, 1])
    for (a, b) in zip(outputs.element(1, axis: 0).scalars, network(Tensor(2) * parameters, inputs).scalars) {
      #expect(abs(a - b) < 1e-14)  // Sums of 2 terms, perhaps in another order.
    }
  }
}
