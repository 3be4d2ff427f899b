public import TensorCore

extension ConvolutionalNetwork {
  /// Computes the outputs. Each channel is normalised by the statistics of its task's rows, in training and in evaluation
  /// alike: the transductive use of MAML and the papers that follow it.
  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    // A block's bias is the same for all elements of a channel. Subtracting the mean cancels it, so it is not added.
    outputs(parameters, inputs, addingBiases: false) { name, signal, isRectified in
      batchNormalized(signal, parameters, name, isRectified: isRectified)
    }
  }

  /// The convolution of a block, normalised by its own statistics.
  func batchNormalized<Scalar>(
    _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ name: String, isRectified: Bool
  ) -> Tensor<Scalar> {
    let (scale, shift) = (parameters["\(name).scale"], parameters["\(name).shift"])
    let (tasksAxes, epsilon) = (signal.shape.rank - 4, Scalar(Self.epsilon))
    return isRectified
      ? rectifiedBatchNormalization(signal, from: tasksAxes, scale: scale, shift: shift, epsilon: epsilon)
      : batchNormalization(signal, from: tasksAxes, scale: scale, shift: shift, epsilon: epsilon)
  }

  /// The outputs of the network. `normalize` takes the name of a block and its convolution to the normalised form,
  /// followed by ReLU if `isRectified`.
  func outputs<Scalar>(
    _ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>, addingBiases: Bool,
    normalize: (_ name: String, _ signal: Tensor<Scalar>, _ isRectified: Bool) -> Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let leading = Array(inputs.shape.sizes.dropLast())
    let images = inputs.reshaped(to: Shape(leading + [image.height, image.width, image.channels]))
    let last = layerNames.dropLast().reduce(images) { signal, name in
      func convolved(stride: Int) -> Tensor<Scalar> {
        let result = convolution(signal, parameters["\(name).weight"], stride: stride, padding: Self.padding)
        return transformed(addingBiases ? biased(result, parameters, name) : result, parameters, name)
      }
      return switch downsampling {
      case .stride(let stride): normalize(name, convolved(stride: stride), true)
      // ReLU keeps the order of elements. After pooling it has fewer of them to process.
      case .pooling(let window): relu(maxPool(normalize(name, convolved(stride: 1), false), window: window))
      }
    }
    let seen = features == .mean ? last.mean(axes: -3, -2) : last.reshaped(to: Shape(leading + [featureCount]))
    let output = ParameterSelection.outputLayerName
    return transformed(
      biased(matmul(seen, parameters["\(output).weight"]), parameters, output), parameters, output)
  }

  /// A layer's result with its bias added.
  private func biased<Scalar>(
    _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ layer: String
  ) -> Tensor<Scalar> {
    let bias = parameters["\(layer).bias"]
    guard bias.shape.rank == 2 else { return signal + bias }
    // A bias per task `[tasks, outputs]` is the same for all rows of the task, and for all of their pixels.
    let ones = Array(repeating: 1, count: signal.shape.rank - 2)
    return signal + bias.reshaped(to: Shape([bias.shape[0]] + ones + [bias.shape[1]]))
  }

  /// A layer's result after its transform, where the layer has one: a product over the last axis (MT-net paper, section
  /// 3.1).
  private func transformed<Scalar>(
    _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ layer: String
  ) -> Tensor<Scalar> {
    guard layerForm == .transformed else { return signal }
    let transform = parameters["\(layer).\(ParameterSelection.transformKind)"]
    let size = transform.shape[transform.shape.rank - 1]
    let tasks = transform.shape.rank == 3 ? [transform.shape[0]] : []
    let rows = signal.shape.count / (size * tasks.reduce(1, *))
    return matmul(signal.reshaped(to: Shape(tasks + [rows, size])), transform).reshaped(to: signal.shape)
  }
}
