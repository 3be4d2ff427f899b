public import NeuralNetworks
public import TensorCore

/// The symmetric, positive semidefinite map g -> L L^T g with L `[length of g, rank]`: a low-rank Cholesky factor
/// (meta-optimizers paper, section 4.2).
///
/// A rank below the length excludes the identity, and a random start would be far from it. L starts with columns of the
/// identity, evenly spread over g: L L^T is then a projection, which is as near to the identity as its rank allows. The
/// selected elements get their gradient unchanged and the others get 0, until the meta-gradient, which is not zero for
/// their rows of L, changes them. For rank = length and more, the start is the identity.
public struct LowRankFactor: GradientTransform, Hashable {
  /// The number of columns of L. For a shorter gradient it is the length of the gradient.
  public var rank: Int

  /// Creates the map with a rank of at least 1.
  public init(rank: Int) {
    precondition(rank >= 1, "a factor cannot have the rank \(rank)")
    self.rank = rank
  }

  private static let factor = "factor"

  public func initialParameters<Scalar>(for shape: Shape) -> Parameters<Scalar> {
    let (length, columns) = (shape.count, min(rank, shape.count))
    var scalars = Array(repeating: Scalar(0), count: length * columns)
    for column in 0..<columns { scalars[column * length / columns * columns + column] = 1 }
    return Parameters([(Self.factor, Tensor(shape: [length, columns], scalars: scalars))])
  }

  public func callAsFunction<Scalar>(
    _ gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>
  ) -> Tensor<Scalar> {
    let factor = parameters[Self.factor]
    let length = factor.shape[factor.shape.rank - 2]
    let columns = gradient.reshaped(to: [gradient.shape.count / length, length, 1])
    let projected = matmul(factor, transposed: true, columns, transposed: false)
    return matmul(factor, projected).reshaped(to: gradient.shape)
  }
}
