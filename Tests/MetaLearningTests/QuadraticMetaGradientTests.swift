import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Quadratic losses, for which the meta-gradient has a closed form: with the support loss (x - a)^T H (x - a) / 2 and
/// the query loss (x - b)^T Q (x - b) / 2, k steps at rate r give x' = a + (I - r H)^k (x - a), and the gradient of the
/// outer loss is ((I - r H)^k)^T Q (x' - b).
@Suite struct QuadraticMetaGradientTests {
  private let size = 4
  private let rate = 0.2

  private func symmetric(_ seed: Int) -> Tensor<Double> {
    let matrix: Tensor<Double> = testValues([size, size], seed: seed)
    return 0.5 * (matrix + matrix.transposed())
  }

  private func column(_ seed: Int) -> Tensor<Double> { testValues([size, 1], seed: seed) }

  private func loss(_ matrix: Tensor<Double>, around centre: Tensor<Double>) -> Adaptation.Loss<Double> {
    { parameters in
      let offset = parameters["output.weight"] - centre
      return 0.5 * (offset * matmul(matrix, offset)).sum()
    }
  }

  private func metaGradient(_ algorithm: MetaObjective, steps: Int) -> Tensor<Double> {
    algorithm.outerLossAndGradient(
      Parameters([("output.weight", column(3))]),
      supportLosses: Array(repeating: loss(symmetric(1), around: column(4)), count: steps),
      queryLoss: loss(symmetric(2), around: column(5))
    ).gradient["output.weight"]
  }

  /// (I - r H)^steps applied to a column.
  private func contracted(_ vector: Tensor<Double>, steps: Int) -> Tensor<Double> {
    (0..<steps).reduce(vector) { vector, _ in vector - Tensor(rate) * matmul(symmetric(1), vector) }
  }

  @Test(arguments: [1, 2, 5]) func matchesTheClosedForm(_ steps: Int) {
    let settings = InnerLoopSettings(rate: rate)
    let adapted = column(4) + contracted(column(3) - column(4), steps: steps)
    let outer = matmul(symmetric(2), adapted - column(5))
    // A few dozen roundings of 1e-16 on numbers of order 1.
    func expectEqual(_ found: Tensor<Double>, _ expected: Tensor<Double>) {
      for (x, y) in zip(found.scalars, expected.scalars) { #expect(abs(x - y) < 1e-14) }
    }
    // H is symmetric, and so is I - r H: it is its own transpose.
    expectEqual(metaGradient(.maml(settings), steps: steps), contracted(outer, steps: steps))
    expectEqual(metaGradient(.anil(settings), steps: steps), contracted(outer, steps: steps))
    expectEqual(metaGradient(.fomaml(settings), steps: steps), outer)
    // Without a threshold MLSR's step is a gradient step, and its gradient passes the start as it is.
    expectEqual(metaGradient(.mlsr(settings), steps: steps), outer)
  }
}
