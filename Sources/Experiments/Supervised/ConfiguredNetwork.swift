import FewShotTasks
import ImageData
import NeuralNetworks

extension RunConfiguration {
  /// The model that the configuration describes, for the inputs and targets of `task`.
  /// - Throws: `UserError` where a convolutional one is asked for and the inputs are no images, or too small ones.
  func makeNetwork(for task: FewShotTask, layerForm: LayerForm) throws(UserError) -> any Network {
    switch network {
    case .mlp, .linnet:
      return MultilayerPerceptron(
        inputSize: task.distribution.inputSize, hiddenSizes: hiddenSizes, outputSize: task.distribution.targetSize,
        activation: network == .linnet ? nil : activation, hiddenInitializer: initializer.initializer,
        outputInitializer: initializer.initializer, layerForm: layerForm)
    case .convolutional:
      guard let shape = task.imageShape else {
        throw UserError("model convolutional: expected a task of images, found \(task.name)", status: .usage)
      }
      let image = ConvolutionalNetwork.ImageSize(height: shape.height, width: shape.width, channels: shape.channels)
      let downsampling: ConvolutionalNetwork.Downsampling = pooling == 0 ? .stride(2) : .pooling(pooling)
      let sides = ConvolutionalNetwork.sides(of: image, after: blocks, downsampling)
      guard sides.height > 0, sides.width > 0 else {
        throw UserError(
          "pooling \(pooling) in \(blocks) blocks: expected some of \(shape.height) x \(shape.width) pixels to be left, "
            + "found none; take fewer blocks or smaller squares", status: .usage)
      }
      return ConvolutionalNetwork(
        image: image, blocks: blocks, filters: filters, downsampling: downsampling, features: features,
        outputSize: task.distribution.targetSize, filterInitializer: initializer.initializer,
        outputInitializer: initializer.initializer, layerForm: layerForm)
    }
  }
}

extension RunConfiguration.WeightInitializer {
  fileprivate var initializer: Initializer {
    switch self {
    // As in the code of MAML and MT-net (MT-net, section 6.1).
    case .truncatedNormal: .truncatedNormal(standardDeviation: 0.01)
    case .xavier: .xavier
    case .he: .he
    }
  }
}
