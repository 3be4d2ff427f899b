public import NeuralNetworks
import TensorCore

/// A step of Adam (Kingma and Ba 2015, algorithm 1) inside: each task has running averages of its own.
public struct AdamStep: UpdateRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The decay of the running mean of gradients, beta1; 0 in Reptile's experiments (Nichol, Achiam, Schulman 2018).
  public var meanDecay: Double
  /// The decay of the running mean of squared gradients, beta2.
  public var squareDecay: Double
  /// What keeps the division finite, epsilon.
  public var epsilon: Double

  private static let mean = "mean."
  private static let square = "square."
  private static let weights = "weights."

  /// Creates the rule.
  public init(rate: Double, meanDecay: Double = 0, squareDecay: Double = 0.999, epsilon: Double = 1e-8) {
    self.rate = rate
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
  }

  public func initialMemory<Scalar>(
    for adapted: Parameters<Scalar>, own: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    adapted.zeros.prefixed(Self.mean).appending(adapted.zeros.prefixed(Self.square))
      .appending(Parameters([("mean", 0), ("square", 0)]).prefixed(Self.weights))
  }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, own: Parameters<Scalar>,
    memory: inout Parameters<Scalar>
  ) -> Parameters<Scalar> {
    func running(_ average: Tensor<Scalar>, _ value: Tensor<Scalar>, _ decay: Double) -> Tensor<Scalar> {
      Tensor(Scalar(decay)) * average + Tensor(Scalar(1 - decay)) * value
    }
    let mean = Parameters.combining(memory.group(Self.mean), gradient) { running($0, $1, meanDecay) }
    let squares = Parameters.combining(memory.group(Self.square), gradient * gradient) { running($0, $1, squareDecay) }
    // The same averages of the number 1 say how much of them is not the zeros that they started from: 1 - beta^t.
    let weights = memory.group(Self.weights)
    let meanWeight = running(weights["mean"], 1, meanDecay)
    let squareWeight = running(weights["square"], 1, squareDecay)
    memory = mean.prefixed(Self.mean).appending(squares.prefixed(Self.square))
      .appending(Parameters([("mean", meanWeight), ("square", squareWeight)]).prefixed(Self.weights))
    let direction = Parameters.combining(mean, squares) { mean, squares in
      (mean / meanWeight) / (sqrt(squares / squareWeight) + Tensor(Scalar(epsilon)))
    }
    return parameters - Tensor(Scalar(rate)) * direction
  }
}
