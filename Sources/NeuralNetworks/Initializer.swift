public import RandomStreams
public import TensorCore

/// The distribution of a layer's initial weights: a matrix `[inputs, outputs]`, or filters `[height, width, channels,
/// filters]`, where each output has height x width x channels inputs.
public enum Initializer: Hashable, Sendable {
  /// Uniform over +-sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, eq. 16). For filters, each input is read by
  /// height x width x filters outputs.
  case xavier
  /// Normal with variance 2 / inputs (He et al. 2015, eq. 10).
  case he
  /// Normal with this standard deviation; values beyond two standard deviations are drawn again.
  case truncatedNormal(standardDeviation: Double)
  /// Orthonormal rows or columns, whichever are fewer, times `gain` (Saxe et al. 2014).
  case orthogonal(gain: Double)
  /// All weights are zero.
  case zeros

  /// Draws weights of `shape`.
  public func callAsFunction<Scalar: TensorScalar>(_ shape: Shape, from stream: inout RandomStream) -> Tensor<Scalar> {
    precondition(shape.rank == 2 || shape.rank == 4, "an initializer draws a matrix or filters, not \(shape)")
    let window = shape.sizes.dropLast(2).reduce(1, *)
    let (inputs, outputs) = (window * shape[shape.rank - 2], shape[shape.rank - 1])
    let values: [Double]
    switch self {
    case .xavier:
      let limit = (6 / Double(inputs + window * outputs)).squareRoot()
      values = (0..<shape.count).map { _ in stream.uniform(in: -limit...limit) }
    case .he:
      let deviation = (2 / Double(inputs)).squareRoot()
      values = (0..<shape.count).map { _ in deviation * stream.normal() }
    case .truncatedNormal(let deviation):
      values = (0..<shape.count).map { _ in deviation * Self.truncatedNormal(from: &stream) }
    case .orthogonal(let gain):
      values = Self.orthogonal(rows: inputs, columns: outputs, from: &stream).map { gain * $0 }
    case .zeros:
      values = Array(repeating: 0, count: shape.count)
    }
    return Tensor(shape: shape, scalars: values.map { Scalar($0) })
  }

  private static func truncatedNormal(from stream: inout RandomStream) -> Double {
    while true {
      let draw = stream.normal()
      if abs(draw) <= 2 { return draw }
    }
  }

  /// Gram-Schmidt on normal vectors. Each vector is orthogonalised twice, which is enough for full precision.
  private static func orthogonal(rows: Int, columns: Int, from stream: inout RandomStream) -> [Double] {
    let (count, length) = (min(rows, columns), max(rows, columns))
    var basis: [[Double]] = []
    while basis.count < count {
      var vector = (0..<length).map { _ in stream.normal() }
      for _ in 0..<2 {
        for other in basis {
          let overlap = zip(vector, other).map(*).reduce(0, +)
          for index in 0..<length { vector[index] -= overlap * other[index] }
        }
      }
      let norm = vector.map { $0 * $0 }.reduce(0, +).squareRoot()
      // A vector in the span of the earlier ones is drawn again.
      if norm > 1e-6 { basis.append(vector.map { $0 / norm }) }
    }
    return (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      return rows <= columns ? basis[row][column] : basis[column][row]
    }
  }
}
