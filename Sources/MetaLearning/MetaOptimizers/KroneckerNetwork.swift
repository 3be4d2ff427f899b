public import NeuralNetworks
public import TensorCore

/// A fully connected network of Kronecker products with ReLU between them, L_h relu(... relu(L_1 G R_1) ...) R_h
/// (meta-optimizers paper, eqs. 6 and 7; no bias terms).
///
/// The input of the network is the direction of a gradient alone, G divided by its norm. The output is multiplied by the
/// norm and by a learned factor, which starts as 1 (A.1.2). The norm is that of one parameter's gradient on one task.
public struct KroneckerNetwork: GradientTransform, Hashable {
  /// The number of Kronecker products, which is one more than that of hidden layers.
  public var layers: Int

  /// Creates a network of `layers` Kronecker products, at least one.
  public init(layers: Int) {
    precondition(layers >= 1, "a meta-optimizer cannot have \(layers) layers")
    self.layers = layers
  }

  private static let factor = "factor"

  private func prefix(_ layer: Int) -> String { "layer\(layer + 1)." }

  public func initialParameters<Scalar>(for shape: Shape) -> Parameters<Scalar> {
    (0..<layers).reduce(Parameters([(Self.factor, Tensor([1]))])) { all, layer in
      all.appending(KroneckerProduct().initialParameters(for: shape).prefixed(prefix(layer)))
    }
  }

  public func callAsFunction<Scalar>(
    _ gradient: Tensor<Scalar>, _ parameters: Parameters<Scalar>
  ) -> Tensor<Scalar> {
    let tasks = KroneckerProduct().tasks(of: gradient, parameters.group(prefix(0)))
    let rows = gradient.reshaped(to: [tasks, gradient.shape.count / tasks])
    let squared = square(rows).sum(axes: [1], keepingAxes: true)
    // A gradient of zeros has no direction, and the square root no derivative there; the network gets zeros.
    let norm = sqrt(select(squared .> 0, squared, 1))
    var signal = (rows / norm).reshaped(to: gradient.shape)
    for layer in 0..<layers {
      if layer > 0 { signal = relu(signal) }
      signal = KroneckerProduct()(signal, parameters.group(prefix(layer)))
    }
    return (parameters[Self.factor] * norm * signal.reshaped(to: rows.shape)).reshaped(to: gradient.shape)
  }
}
