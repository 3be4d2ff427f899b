@testable import NeuralNetworks
import RandomStreams
import TensorCore
import TestSupport
import Testing

@Suite struct CellNetworkTests {
  private typealias Size = ConvolutionalNetwork.ImageSize
  private typealias Block = Cell.Block
  private typealias Branch = Cell.Branch

  private static func parameters<Scalar>(of network: CellNetwork) -> Parameters<Scalar> {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    return network.initialParameters(from: &stream)
  }

  /// Every operation, inputs of every kind, and two blocks that make the output.
  private static let whole = Cell([
    Block(Branch(.convolution3, of: 0), Branch(.separable3, of: 1)),
    Block(Branch(.convolution5, of: 1), Branch(.maximum3, of: 2)),
    Block(Branch(.separable5, of: 1), Branch(.mean3, of: 0)),
    Block(Branch(.identity, of: 1), Branch(.identity, of: 3)),
  ])

  private static func network(
    _ cell: Cell? = nil, _ image: ConvolutionalNetwork.ImageSize = Size(height: 7, width: 5, channels: 2),
    filters: Int = 3, stages: Int = 2, normalCells: Int = 1
  ) -> CellNetwork {
    CellNetwork(
      image: image, cell: cell ?? whole, filters: filters, stages: stages, normalCells: normalCells, outputSize: 4)
  }

  /// Convolutions, each with a scale and a shift a filter; the output of two blocks has 6 channels.
  @Test func parametersAreThoseOfTheOperations() {
    let operations = 9 * 9 + 25 * 9 + (9 * 3 + 9) + (25 * 3 + 9) + 4 * 6
    let adjusted = 6 * 3 + 6
    let stem = 9 * 2 * 3 + 6
    let output = 3 * 4 + 4
    // Cell 1 sees the stem twice. Cell 2 sees it once, each later cell two outputs of 6 channels, and the head one.
    let count = stem + 4 * operations + (1 + 2 + 2 + 1) * adjusted + output
    #expect((Self.parameters(of: Self.network()) as Parameters<Float>).count == count)
    // Without weights there are those of the stem, the inputs and the output alone; an input that no block uses has none.
    let pooling = Cell([Block(Branch(.maximum3, of: 1), Branch(.identity, of: 1))])
    let small: Parameters<Float> = Self.parameters(of: Self.network(pooling))
    let layers = ["stem", "cell2_last", "cell3_last", "cell4_last", "head"]
    let normalized = layers.flatMap { layer in ["weight", "scale", "shift"].map { "\(layer).\($0)" } }
    #expect(small.names == normalized + ["output.weight", "output.bias"])
  }

  @Test func layersAreNamedBySizesThatTheyHave() {
    let network = Self.network()
    let parameters: Parameters<Float> = Self.parameters(of: network)
    #expect(network.layerNames.first == "stem" && network.layerNames.last == "output")
    #expect(network.layerNames.allSatisfy { !$0.contains(".") })
    #expect(Set(network.layerNames) == Set(parameters.names.map(ParameterSelection.layer)))
    #expect(network.layerNames.contains("cell3_before") && !network.layerNames.contains("cell1_before"))
    // The stem is brought to the size of a reducing cell's output.
    #expect(Self.network(stages: 2, normalCells: 0).layerNames.contains("cell2_before"))
    for (name, size) in zip(network.layerNames, network.layerSizes) {
      let weight = parameters["\(name).weight"].shape
      #expect(weight.sizes.last == size.columns && weight.count == size.rows * size.columns)
    }
  }

  @Test(arguments: [(28, 28), (7, 5), (1, 1), (2, 9)]) func imagesOfAnySizeHaveOutputs(_ height: Int, _ width: Int) {
    let network = Self.network(Self.whole, Size(height: height, width: width, channels: 1))
    let inputs: Tensor<Float> = testValues([3, height * width], seed: 2)
    let outputs = network(Self.parameters(of: network), inputs)
    #expect(outputs.shape == [3, 4] && outputs.scalars.allSatisfy(\.isFinite))
  }

  @Test func tasksAxisEqualsSeparateRuns() {
    let network = Self.network()
    let shared: Parameters<Double> = Self.parameters(of: network)
    let own = (0..<2).map { task in shared.map { testValues($0.shape, seed: 3 * task + $0.shape.count) } }
    let inputs: Tensor<Double> = testValues([2, 4, network.inputSize], seed: 40)
    let batched = shared.replacingTensors(shared.names.map { name in stack(own.map { $0[name] }) })
    let (apart, together) = (network(batched, inputs), network(shared, inputs))
    for task in 0..<2 {
      let rows = inputs.element(task, axis: 0)
      for (found, expected) in [(apart, network(own[task], rows)), (together, network(shared, rows))] {
        // The same sums, in another order where products of matrices have other shapes.
        for (a, b) in zip(found.element(task, axis: 0).scalars, expected.scalars) { #expect(abs(a - b) < 1e-10) }
      }
    }
  }

  /// A reducing cell that adds every second pixel of the stem to itself.
  @Test func identitiesAddTheStemToItself() {
    let cell = Cell([Block(Branch(.identity, of: 0), Branch(.identity, of: 1))])
    let network = Self.network(cell, stages: 1, normalCells: 0)
    let parameters: Parameters<Double> = Self.parameters(of: network)
    let inputs: Tensor<Double> = testValues([3, network.inputSize], seed: 8)
    let stem = batchNormalization(
      convolution(inputs.reshaped(to: [3, 7, 5, 2]), parameters["stem.weight"], stride: 2, padding: 1), from: 0,
      scale: parameters["stem.scale"], shift: parameters["stem.shift"], epsilon: 1e-5)
    // Of 4 x 3 pixels, 2 x 2 are left.
    let kept = maxPool(stem, window: 1, stride: 2)
    #expect(kept.shape == [3, 2, 2, 3])
    let head = rectifiedBatchNormalization(
      convolution(relu(2 * kept), parameters["head.weight"]), from: 0, scale: parameters["head.scale"],
      shift: parameters["head.shift"], epsilon: 1e-5)
    let expected = matmul(head.mean(axes: 1, 2), parameters["output.weight"])
    for (a, b) in zip(network(parameters, inputs).scalars, expected.scalars) { #expect(abs(a - b) < 1e-13) }
  }

  /// The derivatives of the loss along directions of all parameters, and of the gradient along one of them.
  @Test func derivativesAreThoseOfFiniteDifferences() {
    let network = Self.network(Self.whole, Size(height: 7, width: 5, channels: 1), filters: 2, stages: 1)
    let start: Parameters<Double> = Self.parameters(of: network)
    let point = start.map { $0 + 0.1 * (testValues($0.shape, seed: $0.shape.count) as Tensor<Double>) }
    let inputs: Tensor<Double> = testValues([4, 35], seed: 9)
    let targets: Tensor<Double> = testValues([4, 4], seed: 10)
    func loss(_ parameters: Parameters<Double>) -> Tensor<Double> {
      square(network(parameters, inputs) - targets).sum()
    }
    // Of length 1, so that a difference's step crosses no kink.
    func direction(_ seed: Int) -> Parameters<Double> {
      let direction = point.map { testValues($0.shape, seed: seed + $0.shape.count) as Tensor<Double> }
      return reciprocal(direction.globalNorm()) * direction
    }
    func difference(along direction: Parameters<Double>, of value: (Parameters<Double>) -> Double) -> Double {
      let step = Tensor(GradientCheck.step)
      return (value(point + step * direction) - value(point - step * direction)) / (2 * GradientCheck.step)
    }
    let derivatives = gradient(at: point, of: loss)
    for seed in [1, 2, 3] {
      let exact = derivatives.innerProduct(with: direction(seed)).scalar
      let numeric = difference(along: direction(seed)) { loss($0).scalar }
      // The tolerance's reason stands at GradientCheck.
      #expect(abs(exact - numeric) < 1e-7 * max(1, abs(numeric)), "\(exact) and \(numeric)")
    }
    let product = hessianVectorProduct(at: point, along: direction(4), of: loss)
    let exact = product.innerProduct(with: direction(5)).scalar
    let numeric = difference(along: direction(5)) {
      gradient(at: $0, of: loss).innerProduct(with: direction(4)).scalar
    }
    #expect(abs(exact - numeric) < 1e-6 * max(1, abs(numeric)), "\(exact) and \(numeric)")
  }
}
