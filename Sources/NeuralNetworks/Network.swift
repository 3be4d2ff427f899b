public import RandomStreams
public import TensorCore

/// A model with named parameters, as supervised training uses it.
///
/// The last layer is called `ParameterSelection.outputLayerName`. The last axis of every layer's `weight` is its outputs.
public protocol Network: Sendable {
  /// The number of elements of an input.
  var inputSize: Int { get }
  /// The number of elements of an output.
  var outputSize: Int { get }
  /// The layers' names, from input to output.
  var layerNames: [String] { get }
  /// The layers' weights as matrices, from input to output. A run estimates its size from them before any weight is drawn.
  var layerSizes: [LayerSize] { get }

  /// Draws initial weights.
  func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar>

  /// Computes the outputs `[..., outputSize]` for inputs `[rows, inputSize]` or `[tasks, rows, inputSize]`.
  ///
  /// Where the inputs have the tasks axis, a parameter may have it too; it then has a separate value for each task.
  func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar>
}

/// The size of a layer's weights as a matrix.
public struct LayerSize: Hashable, Sendable {
  /// The number of inputs of one output: for a convolution, the elements of a window.
  public var rows: Int
  /// The number of outputs, or of filters.
  public var columns: Int

  /// Creates the size of a layer.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }
}
