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

  /// Draws weights to start from.
  func initialParameters<Scalar>(from stream: inout RandomStream) -> Parameters<Scalar>

  /// The outputs `[..., outputSize]` for inputs `[rows, inputSize]` or `[tasks, rows, inputSize]`.
  ///
  /// With the tasks axis, a parameter may have it too, and is then that task's own.
  func callAsFunction<Scalar>(_ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>) -> Tensor<Scalar>
}
