public import TensorCore

/// The function between the layers of a network.
public enum Activation: String, Hashable, Sendable, CaseIterable {
  case tanh, relu, sigmoid, softplus

  /// Applies the function to every element.
  public func callAsFunction<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .tanh: TensorCore.tanh(x)
    case .relu: TensorCore.relu(x)
    case .sigmoid: TensorCore.sigmoid(x)
    case .softplus: TensorCore.softplus(x)
    }
  }
}
