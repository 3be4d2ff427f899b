public import RandomStreams
public import TensorCore

/// Blocks of a 3x3 convolution, batch normalisation, ReLU and, if wanted, max pooling, then a linear layer: the network of
/// Finn, Abbeel, Levine 2017 (MAML), section 5.2, with any number of blocks.
///
/// Layers are called `block1`, `block2`, ... and `output`. A block has a `weight` `[3, 3, channels, filters]` and a `bias`,
/// a `scale` and a `shift` `[filters]`; the output a `weight` `[features, outputs]` and a `bias` `[outputs]`.
public struct ConvolutionalNetwork: Network, Hashable {
  /// What an input is: an image in rows of pixels, each with its channels.
  public struct ImageSize: Hashable, Sendable {
    /// Rows of pixels.
    public var height: Int
    /// Pixels in a row.
    public var width: Int
    /// Numbers in a pixel.
    public var channels: Int

    /// Creates a size.
    public init(height: Int, width: Int, channels: Int) {
      self.height = height
      self.width = width
      self.channels = channels
    }

    /// Numbers in an image.
    public var count: Int { height * width * channels }
  }

  /// How a block makes images smaller.
  public enum Downsampling: Hashable, Sendable {
    /// The convolution's windows are this many pixels apart.
    case stride(Int)
    /// The largest of squares of this size, after a convolution with windows one pixel apart.
    case pooling(Int)
  }

  /// What the output layer sees of the last block.
  public enum Features: String, Hashable, Sendable, CaseIterable {
    /// The mean over space, one number a filter.
    case mean
    /// Every number.
    case flat
  }

  /// The size of an input.
  public var image: ImageSize
  /// The number of blocks.
  public var blocks: Int
  /// Filters of each block.
  public var filters: Int
  /// How a block makes images smaller.
  public var downsampling: Downsampling
  /// What the output layer sees.
  public var features: Features
  /// The number of outputs.
  public var outputSize: Int
  /// How filters start; biases and shifts start at 0, scales at 1.
  public var filterInitializer: Initializer
  /// How the output weights start.
  public var outputInitializer: Initializer

  /// Added to a channel's variance before it is divided by: 1e-3 in the code of MAML, 1e-5 in that of the peers.
  static let epsilon = 1e-5
  /// Sides of a window, and the zeros around an image that keep its size.
  private static let (window, padding) = (3, 1)

  /// Creates a network's description.
  public init(
    image: ImageSize, blocks: Int = 4, filters: Int = 64, downsampling: Downsampling = .stride(2),
    features: Features = .mean, outputSize: Int, filterInitializer: Initializer = .xavier,
    outputInitializer: Initializer = .xavier
  ) {
    self.image = image
    self.blocks = blocks
    self.filters = filters
    self.downsampling = downsampling
    self.features = features
    self.outputSize = outputSize
    self.filterInitializer = filterInitializer
    self.outputInitializer = outputInitializer
    precondition(
      blocks > 0 && filters > 0 && outputSize > 0 && lastSize.map { $0.count > 0 } ?? false,
      "a network of \(blocks) blocks of \(filters) filters cannot map \(image) to \(outputSize) outputs")
  }

  /// The size of what the last block gives, or nil where an image is too small for so many blocks.
  public var lastSize: ImageSize? {
    var size = image
    for _ in 0..<blocks {
      guard size.height > 0, size.width > 0 else { return nil }
      (size.height, size.width, size.channels) = (reduced(size.height), reduced(size.width), filters)
    }
    return size.count > 0 ? size : nil
  }

  private func reduced(_ side: Int) -> Int {
    switch downsampling {
    case .stride(let stride): (side - 1) / stride + 1
    case .pooling(let window): side / window
    }
  }

  public var inputSize: Int { image.count }

  public var layerNames: [String] { blockNames + [ParameterSelection.outputLayerName] }

  private var blockNames: [String] { (1...blocks).map { "block\($0)" } }

  private var featureCount: Int {
    switch features {
    case .mean: filters
    case .flat: lastSize?.count ?? 0
    }
  }

  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    var entries: [(String, Tensor<Scalar>)] = []
    var channels = image.channels
    for name in blockNames {
      let shape: Shape = [Self.window, Self.window, channels, filters]
      entries.append(("\(name).weight", filterInitializer(shape, from: &stream)))
      entries.append(("\(name).bias", .zeros([filters])))
      entries.append(("\(name).scale", .ones([filters])))
      entries.append(("\(name).shift", .zeros([filters])))
      channels = filters
    }
    let output = ParameterSelection.outputLayerName
    entries.append(("\(output).weight", outputInitializer([featureCount, outputSize], from: &stream)))
    entries.append(("\(output).bias", .zeros([outputSize])))
    return Parameters(entries)
  }

  /// Each channel is normalised by the statistics of the rows of its own task, in training and in evaluation alike: the
  /// transductive use of MAML and the papers that follow it.
  public func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    outputs(parameters, inputs) { name, signal, isRectified in
      batchNormalized(signal, parameters, name, isRectified: isRectified)
    }
  }

  /// A block's convolution, normalised by its own statistics. The block's bias is the same for all elements of a channel:
  /// the mean takes it away again, and so it is not added.
  func batchNormalized<Scalar>(
    _ signal: Tensor<Scalar>, _ parameters: Parameters<Scalar>, _ name: String, isRectified: Bool
  ) -> Tensor<Scalar> {
    let (scale, shift) = (parameters["\(name).scale"], parameters["\(name).shift"])
    let (tasksAxes, epsilon) = (signal.shape.rank - 4, Scalar(Self.epsilon))
    return isRectified
      ? rectifiedBatchNormalization(signal, from: tasksAxes, scale: scale, shift: shift, epsilon: epsilon)
      : batchNormalization(signal, from: tasksAxes, scale: scale, shift: shift, epsilon: epsilon)
  }

  /// The outputs, where `normalize` takes the convolution of the block of a name, without its bias, to its normalised
  /// form, with ReLU after it if `isRectified`.
  func outputs<Scalar>(
    _ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>,
    normalize: (_ name: String, _ signal: Tensor<Scalar>, _ isRectified: Bool) -> Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let leading = Array(inputs.shape.sizes.dropLast())
    let images = inputs.reshaped(to: Shape(leading + [image.height, image.width, image.channels]))
    let last = blockNames.reduce(images) { signal, name in
      func convolved(stride: Int) -> Tensor<Scalar> {
        convolution(signal, parameters["\(name).weight"], stride: stride, padding: Self.padding)
      }
      return switch downsampling {
      case .stride(let stride): normalize(name, convolved(stride: stride), true)
      // The largest stays the largest through ReLU, which has fewer elements to see after pooling.
      case .pooling(let window): relu(maxPool(normalize(name, convolved(stride: 1), false), window: window))
      }
    }
    let seen = features == .mean ? last.mean(axes: -3, -2) : last.reshaped(to: Shape(leading + [featureCount]))
    let bias = parameters["\(ParameterSelection.outputLayerName).bias"]
    return matmul(seen, parameters["\(ParameterSelection.outputLayerName).weight"])
      // A task's own bias [tasks, outputs] is the same for each of its rows.
      + (bias.shape.rank == 2 ? bias.insertingAxis(1) : bias)
  }
}
