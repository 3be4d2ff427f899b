public import RandomStreams
import TensorCore

/// A convolutional network of one cell, stacked: a stem, stages of normal cells that each end in a reducing cell, a head, the
/// mean over space, and a linear layer.
///
/// The stem is a 3x3 convolution with a stride of two and batch normalisation. In a reducing cell, operations on the outputs
/// of other cells have a stride of two. Every operation has `filters` channels: where the input of a cell is the output of
/// another one, or is larger than the other input, ReLU, a 1x1 convolution and batch normalisation bring it to these, and to
/// the smaller size. The head does the same with the output of the last cell, followed by ReLU. Without these normalisations,
/// sums and maxima would grow from cell to cell, and with them the steps of an inner loop. All cells have the same blocks and
/// weights of their own.
///
/// Layers are called `stem`, `cell1_before` and `cell1_last` for such a convolution of an input, `cell1_block1_first` and
/// `cell1_block1_second` for the operations of a block, with `_depth` for the part of a separable convolution that keeps
/// channels apart, `head` and `output`. A convolution has a `weight` `[window, window, channels, filters]`, and a `scale` and a
/// `shift` `[filters]` of its normalisation; a convolution that keeps channels apart has only a `weight` `[window, window, 1,
/// channels]`; the output has a `weight` `[filters, outputs]` and a `bias` `[outputs]`.
///
/// Source: Liu et al. 2018 (PNAS), section 3.1, as Kim et al. 2018 (Auto-Meta) use it. Departures, for images of 28 pixels
/// and few iterations: the number of filters stays the same from stage to stage, a separable convolution is applied once
/// and not twice, and the identity with a stride of two takes every second pixel. The head is an addition.
public struct CellNetwork: Network, Hashable {
  /// The size of an input.
  public var image: ConvolutionalNetwork.ImageSize
  /// The cell.
  public var cell: Cell
  /// The number of channels of every operation.
  public var filters: Int
  /// The number of stages, each of which ends in a reducing cell.
  public var stages: Int
  /// The number of normal cells of a stage.
  public var normalCells: Int
  /// The number of outputs.
  public var outputSize: Int
  /// The distribution of all initial weights. Initial shifts and biases are 0, initial scales 1.
  public var initializer: Initializer

  /// Creates a network description.
  public init(
    image: ConvolutionalNetwork.ImageSize, cell: Cell, filters: Int = 16, stages: Int = 2, normalCells: Int = 1,
    outputSize: Int, initializer: Initializer = .xavier
  ) {
    precondition(
      image.count > 0 && filters > 0 && stages > 0 && normalCells >= 0 && outputSize > 0,
      "\(stages) stages of \(normalCells) cells with \(filters) filters cannot map \(image) to \(outputSize) outputs")
    self.image = image
    self.cell = cell
    self.filters = filters
    self.stages = stages
    self.normalCells = normalCells
    self.outputSize = outputSize
    self.initializer = initializer
  }

  public var inputSize: Int { image.count }

  public var layerNames: [String] { layers.map(\.name) }

  public var layerSizes: [LayerSize] {
    layers.map { LayerSize(rows: $0.weight.count / $0.outputs, columns: $0.outputs) }
  }

  public func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar> {
    Parameters(layers.flatMap { $0.initialParameters(by: initializer, from: &stream) })
  }
}

// The places of the cells.
extension CellNetwork {
  /// A cell at its place in the network.
  struct PlacedCell: Hashable {
    /// The number of the cell, from 1.
    let number: Int
    /// Whether the cell halves the size of its inputs.
    let isReducing: Bool
    /// The numbers of channels of the outputs of the cell before the last one and of the last one.
    let channels: [Int]
    /// Whether the output of the cell before the last one is twice as large as that of the last one.
    let hasLargerInput: Bool

    /// The stride that gives an input the size of the last cell's output.
    func stride(ofInput input: Int) -> Int { input == 0 && hasLargerInput ? 2 : 1 }

    func layerName(ofInput input: Int) -> String { "cell\(number)_\(Cell.outerNames[input])" }

    /// - Parameter branch: 0 or 1.
    func layerName(ofBlock block: Int, branch: Int) -> String {
      "cell\(number)_block\(block + 1)_\(["first", "second"][branch])"
    }
  }

  static let (stem, head) = ("stem", "head")
  /// The end of the name of a convolution that keeps channels apart.
  static let depth = "_depth"

  /// The cells from input to output.
  var placedCells: [PlacedCell] {
    let pattern = (0..<stages).flatMap { _ in Array(repeating: false, count: normalCells) + [true] }
    let outputs = cell.outputBlocks.count * filters
    return pattern.indices.map { index in
      PlacedCell(
        number: index + 1, isReducing: pattern[index],
        // The first cell sees the stem twice, the second one sees it once.
        channels: [index < 2 ? filters : outputs, index < 1 ? filters : outputs],
        hasLargerInput: index > 0 && pattern[index - 1])
    }
  }

  /// Whether an input of a cell is normalised before its operations: all are but the stem, which is normalised already
  /// and has the right number of channels, where it has the right size, too.
  func isAdjusted(_ input: Int, of placed: PlacedCell) -> Bool {
    let isStem = placed.number + input <= Cell.outerInputs
    return !isStem || placed.stride(ofInput: input) != 1
  }
}

// The layers.
extension CellNetwork {
  /// A layer with its weights.
  struct Layer {
    /// The part of a layer beside its weights.
    enum Form {
      /// Scales and shifts of batch normalisation.
      case normalized
      /// No part: a convolution of each channel alone, which a normalised one follows.
      case plain
      /// Biases.
      case biased
    }

    let name: String
    let weight: Shape
    let form: Form

    var outputs: Int { weight[weight.rank - 1] }

    func initialParameters<Scalar>(
      by initializer: Initializer, from stream: inout RandomStream
    ) -> [(name: String, tensor: Tensor<Scalar>)] {
      switch form {
      case .normalized:
        return [
          ("\(name).weight", initializer(weight, from: &stream)), ("\(name).scale", .ones([outputs])),
          ("\(name).shift", .zeros([outputs])),
        ]
      case .plain:
        // Each output sees one channel, and each channel is seen by one output.
        let own = (0..<outputs).map { _ in
          initializer([weight[0], weight[1], 1, 1], from: &stream) as Tensor<Scalar>
        }
        return [("\(name).weight", concatenate(own, axis: 3))]
      case .biased:
        return [("\(name).weight", initializer(weight, from: &stream)), ("\(name).bias", .zeros([outputs]))]
      }
    }
  }

  /// The layers from input to output.
  var layers: [Layer] {
    let stem = Layer(name: Self.stem, weight: [3, 3, image.channels, filters], form: .normalized)
    let channels = cell.outputBlocks.count * filters
    let head = Layer(name: Self.head, weight: [1, 1, channels, filters], form: .normalized)
    let output = Layer(
      name: ParameterSelection.outputLayerName, weight: [filters, outputSize], form: .biased)
    return [stem] + placedCells.flatMap { layers(of: $0) } + [head, output]
  }

  private func layers(of placed: PlacedCell) -> [Layer] {
    let inputs = (0..<Cell.outerInputs).filter { cell.uses(input: $0) && isAdjusted($0, of: placed) }.map { input in
      Layer(
        name: placed.layerName(ofInput: input), weight: [1, 1, placed.channels[input], filters], form: .normalized)
    }
    let operations = cell.blocks.enumerated().flatMap { index, block in
      block.branches.enumerated().flatMap { branch, choice in
        layers(of: choice.operation, named: placed.layerName(ofBlock: index, branch: branch))
      }
    }
    return inputs + operations
  }

  private func layers(of operation: CellOperation, named name: String) -> [Layer] {
    let window = operation.window
    switch operation {
    case .convolution3, .convolution5:
      return [Layer(name: name, weight: [window, window, filters, filters], form: .normalized)]
    case .separable3, .separable5:
      return [
        Layer(name: name + Self.depth, weight: [window, window, 1, filters], form: .plain),
        Layer(name: name, weight: [1, 1, filters, filters], form: .normalized),
      ]
    case .maximum3, .mean3, .identity: return []
    }
  }
}
