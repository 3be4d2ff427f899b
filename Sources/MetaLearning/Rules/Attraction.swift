public import NeuralNetworks
public import TensorCore

/// The strength lambda with which a penalty attracts each element of the adapted parameters to its value at the start of
/// the inner loop. iMAML's section 2.2 allows a scalar, a vector or a matrix; these are the first two.
public enum Attraction<Scalar: TensorScalar>: Sendable {
  /// One strength for all elements, a scalar.
  case uniform(Tensor<Scalar>)
  /// A strength for each parameter: a scalar for all of its elements, or a tensor of its shape without the tasks axis.
  case each(Parameters<Scalar>)

  /// The product of each element with its strength.
  func times(_ vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    switch self {
    case .uniform(let strength): strength * vectors
    case .each(let strengths): strengths * vectors
    }
  }

  /// The smallest strength of all elements, a scalar: the strong convexity of the inner objective where the loss is convex.
  var smallest: Tensor<Scalar> {
    switch self {
    case .uniform(let strength): return strength
    case .each(let strengths):
      let ofParameters = strengths.tensors.map { -(-$0).maximum() }
      return ofParameters.dropFirst().reduce(ofParameters[0]) { minimum($0, $1) }
    }
  }
}
