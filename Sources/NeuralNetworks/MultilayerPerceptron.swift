public import RandomStreams
public import TensorCore

/// A fully connected network. Its layers are called `hidden1`, `hidden2`, ... and `output`; each has a `weight`
/// `[inputs, outputs]` and a `bias` `[outputs]`.
public struct MultilayerPerceptron: Network, Hashable {
  /// The number of inputs.
  public var inputSize: Int
  /// The sizes of the hidden layers, from input to output.
  public var hiddenSizes: [Int]
  /// The number of outputs.
  public var outputSize: Int
  /// The function after every hidden layer; the output is linear.
  public var activation: Activation
  /// How the hidden weights start; biases start at 0.
  public var hiddenInitializer: Initializer
  /// How the output weights start.
  public var outputInitializer: Initializer

  /// Creates a network's description.
  public init(
    inputSize: Int, hiddenSizes: [Int], outputSize: Int, activation: Activation = .tanh,
    hiddenInitializer: Initializer = .xavier, outputInitializer: Initializer = .xavier
  ) {
    let sizes = [inputSize] + hiddenSizes + [outputSize]
    precondition(sizes.allSatisfy { $0 > 0 }, "a network cannot have layers of sizes \(sizes)")
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.outputSize = outputSize
    self.activation = activation
    self.hiddenInitializer = hiddenInitializer
    self.outputInitializer = outputInitializer
  }

  /// The layers' names, from input to output.
  public var layerNames: [String] {
    hiddenSizes.indices.map { "hidden\($0 + 1)" } + [ParameterSelection.outputLayerName]
  }

  /// Draws weights to start from.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    let sizes = [inputSize] + hiddenSizes + [outputSize]
    var entries: [(String, Tensor<Scalar>)] = []
    for (index, name) in layerNames.enumerated() {
      let initializer = index == hiddenSizes.count ? outputInitializer : hiddenInitializer
      entries.append(("\(name).weight", initializer([sizes[index], sizes[index + 1]], from: &stream)))
      entries.append(("\(name).bias", .zeros([sizes[index + 1]])))
    }
    return Parameters(entries)
  }

  /// The outputs `[..., outputSize]` for inputs `[rows, inputSize]` or `[tasks, rows, inputSize]`.
  ///
  /// With the tasks axis, a parameter may have it too, and is then that task's own.
  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    layerNames.enumerated().reduce(inputs) { signal, layer in
      let bias = parameters["\(layer.element).bias"]
      // A task's own bias [tasks, outputs] is the same for each of its rows.
      let aligned = bias.shape.rank == 2 ? bias.insertingAxis(1) : bias
      let result = matmul(signal, parameters["\(layer.element).weight"]) + aligned
      return layer.offset == hiddenSizes.count ? result : activation(result)
    }
  }
}
