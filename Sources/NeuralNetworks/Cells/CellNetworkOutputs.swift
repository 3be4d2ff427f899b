public import TensorCore

extension CellNetwork {
  /// Computes the outputs. Each channel is normalised by the statistics of its task's rows, in training and in evaluation
  /// alike, as in ``ConvolutionalNetwork``.
  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    let leading = Array(inputs.shape.sizes.dropLast())
    let images = inputs.reshaped(to: Shape(leading + [image.height, image.width, image.channels]))
    let stem = convolved(images, parameters, Self.stem, stride: 2)
    var (before, last) = (stem, stem)
    for placed in placedCells {
      (before, last) = (last, cellOutput(of: placed, parameters, [before, last]))
    }
    let features = relu(convolved(relu(last), parameters, Self.head)).mean(axes: -3, -2)
    let output = ParameterSelection.outputLayerName
    let bias = parameters["\(output).bias"]
    // A bias per task `[tasks, outputs]` is the same for all rows of the task.
    let aligned = bias.shape.rank == 2 ? bias.insertingAxis(1) : bias
    return matmul(features, parameters["\(output).weight"]) + aligned
  }

  /// The output of a cell.
  /// - Parameter outer: the outputs of the cell before the last one and of the last one.
  private func cellOutput<Scalar>(
    of placed: PlacedCell, _ parameters: Parameters<Scalar>, _ outer: [Tensor<Scalar>]
  ) -> Tensor<Scalar> {
    var signals = outer.enumerated().map { input, signal in
      guard cell.uses(input: input), isAdjusted(input, of: placed) else { return signal }
      return convolved(
        relu(signal), parameters, placed.layerName(ofInput: input), stride: placed.stride(ofInput: input))
    }
    for (index, block) in cell.blocks.enumerated() {
      let results = block.branches.enumerated().map { branch, choice in
        result(
          of: choice.operation, signals[choice.input], parameters,
          placed.layerName(ofBlock: index, branch: branch),
          stride: placed.isReducing && choice.input < Cell.outerInputs ? 2 : 1)
      }
      signals.append(results[0] + results[1])
    }
    return concatenate(cell.outputBlocks.map { signals[Cell.outerInputs + $0] }, axis: -1)
  }

  private func result<Scalar>(
    of operation: CellOperation, _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ layer: String,
    stride: Int
  ) -> Tensor<Scalar> {
    switch operation {
    case .convolution3, .convolution5: return convolved(relu(signal), parameters, layer, stride: stride)
    case .separable3, .separable5:
      let apart = depthwiseConvolution(relu(signal), parameters["\(layer)\(Self.depth).weight"], stride: stride)
      return convolved(apart, parameters, layer)
    case .maximum3: return paddedMaxPool(signal, window: operation.window, stride: stride)
    case .mean3: return paddedMeanPool(signal, window: operation.window, stride: stride)
    case .identity: return subsampled(signal, stride: stride)
    }
  }

  /// The convolution of a layer, with as many pixels of padding as keep the size of an image, normalised.
  private func convolved<Scalar>(
    _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ layer: String, stride: Int = 1
  ) -> Tensor<Scalar> {
    let weight = parameters["\(layer).weight"]
    let result = convolution(
      signal, weight, stride: stride, padding: weight.shape[weight.shape.rank - 4] / 2)
    return batchNormalization(
      result, from: result.shape.rank - 4, scale: parameters["\(layer).scale"],
      shift: parameters["\(layer).shift"], epsilon: Scalar(ConvolutionalNetwork.epsilon))
  }
}
