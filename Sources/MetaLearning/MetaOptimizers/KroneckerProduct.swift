public import NeuralNetworks
public import TensorCore

/// The linear map vec(G) -> vec(L G R): a matrix with as many rows as the gradient has elements, as the Kronecker product
/// of two small ones (meta-optimizers paper, eq. 5, without its b: "none of the meta-optimizers use a bias term").
///
/// G is a layer's weight gradient `[inputs, outputs]`; the gradient of a bias `[outputs]` counts as one row. The gradient
/// of convolution filters `[height, width, inputs, outputs]` is a matrix `[height x width, inputs]` for each output
/// (A.1.2), and one L and R map all of them. L and R start as the identity, so that the map does too.
public struct KroneckerProduct: GradientTransform, Hashable {
  /// Whether a third factor mixes the outputs of convolution filters.
  public enum Outputs: Sendable {
    /// The outputs are not mixed: one map is applied to each output (meta-optimizers paper, A.1.2).
    case apart
    /// A third factor mixes the outputs, so that every axis has one (Park and Oliva 2019, section 3.2).
    case mixed
  }

  /// Whether a third factor mixes the outputs of convolution filters.
  public var outputs: Outputs

  /// Creates the map for a treatment of convolution outputs.
  public init(outputs: Outputs = .apart) { self.outputs = outputs }

  /// The number of elements in the maps of a layer's weights and of its biases.
  static func count(rows: Int, columns: Int) -> Int { rows * rows + 2 * columns * columns }

  private static let (left, right, last) = ("left", "right", "last")

  public func initialParameters<Scalar>(for shape: Shape) -> Parameters<Scalar> {
    let sizes = shape.sizes
    switch shape.rank {
    case 0...2: return factors(sizes.dropLast().last ?? 1, sizes.last ?? 1)
    default:
      let (area, inputs) = (sizes.dropLast(2).reduce(1, *), sizes[sizes.count - 2])
      guard outputs == .mixed else { return factors(area, inputs) }
      return factors(area, inputs).appending(Parameters([(Self.last, .identity(shape[shape.rank - 1]))]))
    }
  }

  private func factors<Scalar>(_ rows: Int, _ columns: Int) -> Parameters<Scalar> {
    Parameters([(Self.left, .identity(rows)), (Self.right, .identity(columns))])
  }

  public func callAsFunction<Scalar>(
    _ gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>
  ) -> Tensor<Scalar> {
    let (left, right) = (parameters[Self.left], parameters[Self.right])
    let (rows, columns) = (size(left), size(right))
    let tasks = tasks(of: gradient, parameters)
    // The remaining elements are the outputs of convolution filters, along the last axis.
    let rest = gradient.shape.count / (tasks * rows * columns)
    var result = matmul(left, gradient.reshaped(to: [tasks, rows, columns * rest]))
    if rest > 1 {
      result = result.reshaped(to: [tasks, rows, columns, rest]).transposed()
      result = matmul(result.reshaped(to: [tasks, rows * rest, columns]), right)
      result = result.reshaped(to: [tasks, rows, rest, columns]).transposed()
      if outputs == .mixed {
        result = matmul(result.reshaped(to: [tasks, rows * columns, rest]), parameters[Self.last])
      }
    } else {
      result = matmul(result, right)
    }
    return result.reshaped(to: gradient.shape)
  }

  /// The number of tasks in a gradient: 1 where there is no tasks axis.
  func tasks<Scalar>(of gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>) -> Int {
    // The rank of a gradient of filters without tasks is four. Everything else is a matrix of `rows` by `columns` for each
    // task.
    switch gradient.shape.rank {
    case 4: 1
    case 5: gradient.shape[0]
    default: gradient.shape.count / (size(parameters[Self.left]) * size(parameters[Self.right]))
    }
  }

  /// The number of rows of a square matrix, or of each matrix of a batch.
  private func size<Scalar>(_ factor: Tensor<Scalar>) -> Int { factor.shape[factor.shape.rank - 1] }
}
