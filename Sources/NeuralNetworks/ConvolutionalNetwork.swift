public import RandomStreams
import TensorCore

/// Blocks of a 3x3 convolution, batch normalisation, ReLU and optional max pooling, followed by a linear layer: the
/// network of Finn, Abbeel, Levine 2017 (MAML), section 5.2, with any number of blocks.
///
/// Layers are called `block1`, `block2`, ... and `output`. A block has a `weight` `[3, 3, channels, filters]` and a
/// `bias`, a `scale` and a `shift` `[filters]`; the output a `weight` `[features, outputs]` and a `bias` `[outputs]`. A
/// transformed layer also has a `transform` `[outputs, outputs]`, which for a block is a 1x1 convolution before the
/// normalisation.
public struct ConvolutionalNetwork: Network, Hashable {
  /// The size of an input image: rows of pixels, each with its channels.
  public struct ImageSize: Hashable, Sendable {
    /// The number of rows of pixels.
    public var height: Int
    /// The number of pixels in a row.
    public var width: Int
    /// The number of channels of a pixel.
    public var channels: Int

    /// Creates an image size.
    public init(height: Int, width: Int, channels: Int) {
      self.height = height
      self.width = width
      self.channels = channels
    }

    /// The number of elements of an image.
    public var count: Int { height * width * channels }
  }

  /// The way in which a block makes images smaller.
  public enum Downsampling: Hashable, Sendable {
    /// A strided convolution, whose windows are this many pixels apart.
    case stride(Int)
    /// Max pooling over squares of this size, after a convolution with a stride of one pixel.
    case pooling(Int)
  }

  /// The input of the output layer, as made from the last block.
  public enum Features: String, Hashable, Sendable, CaseIterable {
    /// The mean over space: one element for each filter.
    case mean
    /// All elements of the last block's output.
    case flat
  }

  /// The size of an input.
  public var image: ImageSize
  /// The number of blocks.
  public var blocks: Int
  /// The number of filters of each block.
  public var filters: Int
  /// The way in which a block makes images smaller.
  public var downsampling: Downsampling
  /// The input of the output layer, as made from the last block.
  public var features: Features
  /// The number of outputs.
  public var outputSize: Int
  /// The distribution of initial filters. Initial biases and shifts are 0, initial scales 1.
  public var filterInitializer: Initializer
  /// The distribution of the initial weights of the output layer.
  public var outputInitializer: Initializer
  /// The form of every layer, the output layer included.
  public var layerForm: LayerForm

  /// The epsilon of batch normalisation, added to a channel's variance: 1e-3 in the code of MAML, 1e-5 in that of the
  /// peers.
  package static let epsilon = 1e-5
  /// The side of a window, and the padding that keeps the size of an image, in pixels.
  package static let (window, padding) = (3, 1)

  /// Creates a network description.
  public init(
    image: ImageSize, blocks: Int = 4, filters: Int = 64, downsampling: Downsampling = .stride(2),
    features: Features = .mean, outputSize: Int, filterInitializer: Initializer = .xavier,
    outputInitializer: Initializer = .xavier, layerForm: LayerForm = .plain
  ) {
    self.image = image
    self.blocks = blocks
    self.filters = filters
    self.downsampling = downsampling
    self.features = features
    self.outputSize = outputSize
    self.filterInitializer = filterInitializer
    self.outputInitializer = outputInitializer
    self.layerForm = layerForm
    precondition(
      blocks > 0 && filters > 0 && outputSize > 0 && lastSize.count > 0,
      "a network of \(blocks) blocks of \(filters) filters cannot map \(image) to \(outputSize) outputs")
  }

  /// The size of the last block's output.
  public var lastSize: ImageSize {
    let sides = Self.sides(of: image, after: blocks, downsampling)
    return ImageSize(height: sides.height, width: sides.width, channels: filters)
  }

  /// The height and width of an image after `blocks` blocks; 0 where the image is too small for so many poolings.
  public static func sides(
    of image: ImageSize, after blocks: Int, _ downsampling: Downsampling
  ) -> (height: Int, width: Int) {
    func reduced(_ side: Int) -> Int {
      switch downsampling {
      case .stride(let stride): (side - 1) / stride + 1
      case .pooling(let window): side / window
      }
    }
    return (0..<blocks).reduce((image.height, image.width)) { sides, _ in (reduced(sides.0), reduced(sides.1)) }
  }

  public var inputSize: Int { image.count }

  public var layerNames: [String] { blockNames + [ParameterSelection.outputLayerName] }

  public var layerSizes: [LayerSize] {
    let area = Self.window * Self.window
    return (0..<blocks).map { LayerSize(rows: area * ($0 == 0 ? image.channels : filters), columns: filters) }
      + [LayerSize(rows: featureCount, columns: outputSize)]
  }

  private var blockNames: [String] { (1...blocks).map { "block\($0)" } }

  var featureCount: Int {
    switch features {
    case .mean: filters
    case .flat: lastSize.count
    }
  }

  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    var entries: [(String, Tensor<Scalar>)] = []
    var channels = image.channels
    for name in blockNames {
      let shape: Shape = [Self.window, Self.window, channels, filters]
      entries.append(("\(name).weight", filterInitializer(shape, from: &stream)))
      entries.append(("\(name).bias", .zeros([filters])))
      entries += transform(of: name, size: filters)
      entries.append(("\(name).scale", .ones([filters])))
      entries.append(("\(name).shift", .zeros([filters])))
      channels = filters
    }
    let output = ParameterSelection.outputLayerName
    entries.append(("\(output).weight", outputInitializer([featureCount, outputSize], from: &stream)))
    entries.append(("\(output).bias", .zeros([outputSize])))
    entries += transform(of: output, size: outputSize)
    return Parameters(entries)
  }

  private func transform<Scalar>(of layer: String, size: Int) -> [(String, Tensor<Scalar>)] {
    switch layerForm {
    case .plain: []
    case .transformed: [("\(layer).\(ParameterSelection.transformKind)", .identity(size))]
    }
  }
}
