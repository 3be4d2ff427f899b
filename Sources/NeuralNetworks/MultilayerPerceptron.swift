public import RandomStreams
public import TensorCore

/// The computation of a layer before its activation.
public enum LayerForm: Hashable, Sendable {
  /// An affine layer, x W + b.
  case plain
  /// An affine layer followed by a square matrix, (x W + b) T. T starts as the identity and is not adapted to tasks: the
  /// layer of a T-net (MT-net paper, eq. 3, whose T is the transpose of this one, since an input is a row here).
  case transformed
}

/// A fully connected network. Its layers are called `hidden1`, `hidden2`, ... and `output`. Each has a `weight` `[inputs,
/// outputs]`, a `bias` `[outputs]` and, if it is transformed, a `transform` `[outputs, outputs]`.
public struct MultilayerPerceptron: Network, Hashable {
  /// The number of inputs.
  public var inputSize: Int
  /// The sizes of the hidden layers, from input to output.
  public var hiddenSizes: [Int]
  /// The number of outputs.
  public var outputSize: Int
  /// The function after every hidden layer; nil for a linear network. The output layer is always linear.
  public var activation: Activation?
  /// The distribution of the initial hidden weights. Initial biases are 0.
  public var hiddenInitializer: Initializer
  /// The distribution of the initial output weights.
  public var outputInitializer: Initializer
  /// The form of every layer, the output layer included.
  public var layerForm: LayerForm

  /// Creates a network description.
  public init(
    inputSize: Int, hiddenSizes: [Int], outputSize: Int, activation: Activation? = .tanh,
    hiddenInitializer: Initializer = .xavier, outputInitializer: Initializer = .xavier, layerForm: LayerForm = .plain
  ) {
    let sizes = [inputSize] + hiddenSizes + [outputSize]
    precondition(sizes.allSatisfy { $0 > 0 }, "a network cannot have layers of sizes \(sizes)")
    self.inputSize = inputSize
    self.hiddenSizes = hiddenSizes
    self.outputSize = outputSize
    self.activation = activation
    self.hiddenInitializer = hiddenInitializer
    self.outputInitializer = outputInitializer
    self.layerForm = layerForm
  }

  /// The layers' names, from input to output.
  public var layerNames: [String] {
    hiddenSizes.indices.map { "hidden\($0 + 1)" } + [ParameterSelection.outputLayerName]
  }

  public var layerSizes: [LayerSize] {
    zip([inputSize] + hiddenSizes, hiddenSizes + [outputSize]).map { LayerSize(rows: $0, columns: $1) }
  }

  /// Draws initial weights.
  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    let sizes = [inputSize] + hiddenSizes + [outputSize]
    var entries: [(String, Tensor<Scalar>)] = []
    for (index, name) in layerNames.enumerated() {
      let initializer = index == hiddenSizes.count ? outputInitializer : hiddenInitializer
      entries.append(("\(name).weight", initializer([sizes[index], sizes[index + 1]], from: &stream)))
      entries.append(("\(name).bias", .zeros([sizes[index + 1]])))
      if layerForm == .transformed {
        entries.append(("\(name).\(ParameterSelection.transformKind)", .identity(sizes[index + 1])))
      }
    }
    return Parameters(entries)
  }

  /// Computes the outputs `[..., outputSize]` for inputs `[rows, inputSize]` or `[tasks, rows, inputSize]`.
  ///
  /// Where the inputs have the tasks axis, a parameter may have it too; it then has a separate value for each task.
  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    layerNames.enumerated().reduce(inputs) { signal, layer in
      let result = preactivation(of: layer.element, parameters, signal)
      guard let activation, layer.offset < hiddenSizes.count else { return result }
      return activation(result)
    }
  }

  private func preactivation<Scalar>(
    of layer: String, _ parameters: Parameters<Scalar>, _ signal: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let bias = parameters["\(layer).bias"]
    // A bias per task `[tasks, outputs]` is the same for all rows of the task.
    let aligned = bias.shape.rank == 2 ? bias.insertingAxis(1) : bias
    let result = matmul(signal, parameters["\(layer).weight"]) + aligned
    switch layerForm {
    case .plain: return result
    case .transformed: return matmul(result, parameters["\(layer).\(ParameterSelection.transformKind)"])
    }
  }
}
