public import RandomStreams
public import TensorCore

/// A model whose weights are parameters with names: what supervised training asks of one.
///
/// The last layer is called `ParameterSelection.outputLayerName`. The last axis of every layer's `weight` is its outputs.
public protocol Network: Sendable {
  /// Numbers in an input.
  var inputSize: Int { get }
  /// Numbers in an output.
  var outputSize: Int { get }
  /// The layers' names, from input to output.
  var layerNames: [String] { get }
  /// The layers' weights as matrices, from input to output: what a run's size is estimated by before any weight is drawn.
  var layerSizes: [LayerSize] { get }

  /// Draws weights to start from.
  func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar>

  /// The outputs `[..., outputSize]` for inputs `[rows, inputSize]` or `[tasks, rows, inputSize]`.
  ///
  /// With the tasks axis, a parameter may have it too, and is then that task's own.
  func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar>
}

/// The weights of a layer as a matrix.
public struct LayerSize: Hashable, Sendable {
  /// Numbers that the layer takes for one output: of a convolution those of a window.
  public var rows: Int
  /// Outputs, or filters.
  public var columns: Int

  /// Creates the size of a layer.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }
}
