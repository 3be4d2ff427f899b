/// The factorisation `A = L L^T` of a symmetric positive definite matrix, for solving small dense systems.
public struct CholeskyFactorization: Sendable {
  /// The number of rows.
  public let size: Int
  /// L, row-major; the elements above its diagonal are not used.
  private let factor: [Double]

  /// Factors `matrix`.
  /// - Parameters:
  ///   - matrix: `[size, size]`, row-major; only the diagonal and the elements below it are read.
  ///   - size: the number of rows.
  /// - Returns: nil where the matrix is not positive definite in Double's precision, or not finite.
  public init?(of matrix: [Double], size: Int) {
    precondition(
      matrix.count == size * size, "a \(size) x \(size) matrix has \(size * size) elements, not \(matrix.count)")
    var factor = matrix
    for column in 0..<size {
      for row in column..<size {
        var sum = factor[row * size + column]
        for inner in 0..<column { sum -= factor[row * size + inner] * factor[column * size + inner] }
        if row == column {
          guard sum > 0, sum.isFinite else { return nil }
          factor[row * size + column] = sum.squareRoot()
        } else {
          factor[row * size + column] = sum / factor[column * size + column]
        }
      }
    }
    self.size = size
    self.factor = factor
  }

  /// The solution x of `A x = rightHandSide`.
  public func solve(_ rightHandSide: [Double]) -> [Double] {
    precondition(
      rightHandSide.count == size, "a system of \(size) equations has no right-hand side of \(rightHandSide.count)")
    var x = rightHandSide
    for row in 0..<size {
      for inner in 0..<row { x[row] -= factor[row * size + inner] * x[inner] }
      x[row] /= factor[row * size + row]
    }
    for row in stride(from: size - 1, through: 0, by: -1) {
      for inner in row + 1..<size { x[row] -= factor[inner * size + row] * x[inner] }
      x[row] /= factor[row * size + row]
    }
    return x
  }
}
