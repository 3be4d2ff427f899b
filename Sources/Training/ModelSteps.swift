import NeuralNetworks
import Runs
import TensorCore

/// The networks whose computation can be told step by step to another program.
protocol SteppedNetwork: Network {
  /// Returns what the network computes with these parameters.
  func steps(_ parameters: Parameters<Float>) -> [ModelStep]
}

extension Parameters<Float> {
  /// Returns a tensor under its name.
  func namedArray(_ name: String) -> NamedArray {
    NamedArray(name: name, shape: self[name].shape.sizes, values: self[name].scalars)
  }

  /// Returns the step of a layer's transform; none where layers are plain.
  fileprivate func transform(of layer: String, _ form: LayerForm) -> [ModelStep] {
    form == .plain ? [] : [.product(namedArray("\(layer).\(ParameterSelection.transformKind)"))]
  }
}

extension MultilayerPerceptron: SteppedNetwork {
  func steps(_ parameters: Parameters<Float>) -> [ModelStep] {
    layerNames.enumerated().flatMap { index, layer in
      let affine = [
        ModelStep.product(parameters.namedArray("\(layer).weight")), .sum(parameters.namedArray("\(layer).bias")),
      ]
      let function = index < hiddenSizes.count ? activation.map { [ModelStep.function($0.rawValue)] } ?? [] : []
      return affine + parameters.transform(of: layer, layerForm) + function
    }
  }
}

extension ConvolutionalNetwork: SteppedNetwork {
  func steps(_ parameters: Parameters<Float>) -> [ModelStep] {
    // The mean that is subtracted cancels a block's bias.
    steps(parameters, addsBiases: false) { layer in
      [
        .batchNormalization(
          scale: parameters.namedArray("\(layer).scale"), shift: parameters.namedArray("\(layer).shift"),
          epsilon: Float(Self.epsilon))
      ]
    }
  }

  /// Returns the steps.
  /// - Parameter normalization: the steps that normalise the convolution of a block.
  fileprivate func steps(
    _ parameters: Parameters<Float>, addsBiases: Bool, normalization: (_ layer: String) -> [ModelStep]
  ) -> [ModelStep] {
    var steps = [ModelStep.images(height: image.height, width: image.width, channels: image.channels)]
    for layer in layerNames.dropLast() {
      let stride = if case .stride(let stride) = downsampling { stride } else { 1 }
      steps.append(
        .convolution(parameters.namedArray("\(layer).weight"), stride: stride, padding: Self.padding))
      if addsBiases { steps.append(.sum(parameters.namedArray("\(layer).bias"))) }
      steps += parameters.transform(of: layer, layerForm) + normalization(layer)
      if case .pooling(let window) = downsampling { steps.append(.maxPool(window: window)) }
      steps.append(.function(Activation.relu.rawValue))
    }
    let output = ParameterSelection.outputLayerName
    steps.append(features == .mean ? .spatialMean : .flatten)
    steps += [.product(parameters.namedArray("\(output).weight")), .sum(parameters.namedArray("\(output).bias"))]
    return steps + parameters.transform(of: output, layerForm)
  }
}

extension FixedNormalizationNetwork: SteppedNetwork {
  func steps(_ parameters: Parameters<Float>) -> [ModelStep] {
    network.steps(parameters, addsBiases: true) { layer in
      // (x - mean) scale / deviation + shift as x gain + offset.
      let (mean, variance) = (statistics.averages["\(layer).mean"], statistics.averages["\(layer).variance"])
      let gain =
        parameters["\(layer).scale"] / sqrt(variance + Tensor(Float(ConvolutionalNetwork.epsilon)))
      let offset = parameters["\(layer).shift"] - mean * gain
      return [
        .scale(gain.scalars),
        .sum(NamedArray(name: "\(layer).offset", shape: offset.shape.sizes, values: offset.scalars)),
      ]
    }
  }
}
