import Foundation
import RandomStreams
import Testing

/// Distributions against their moments.
@Suite struct RandomDistributionTests {
  private static let count = 40_000

  private func moments(_ draw: (inout RandomStream) -> Double) -> (mean: Double, variance: Double) {
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    let values = (0..<Self.count).map { _ in draw(&stream) }
    let mean = values.reduce(0, +) / Double(Self.count)
    return (mean, values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(Self.count))
  }

  /// The mean and the variance of a gamma distribution are its shape; five standard errors are allowed.
  @Test(arguments: [0.3, 1, 2.5, 40]) func gammaHasItsShapeAsMeanAndVariance(shape: Double) {
    let (mean, variance) = moments { $0.gamma(shape: shape) }
    #expect(abs(mean - shape) < 5 * (shape / Double(Self.count)).squareRoot())
    // The variance of the squares is that of the fourth central moment, 3 a^2 + 6 a, less a^2.
    let spread = ((2 * shape * shape + 6 * shape) / Double(Self.count)).squareRoot()
    #expect(abs(variance - shape) < 5 * spread)
  }

  @Test func betaHasItsMoments() {
    let (mean, variance) = moments { $0.beta(2, 5) }
    #expect(abs(mean - 2.0 / 7) < 5 * (10.0 / 392 / Double(Self.count)).squareRoot())
    // a b / ((a + b)^2 (a + b + 1)), within 3%.
    #expect(abs(variance - 10.0 / 392) < 0.03 * 10 / 392)
  }

  @Test func dirichletIsUniformOverTheSimplexForOnes() {
    var stream = RandomAddress(seed: 5, purpose: .test).stream
    var (sums, squares) = ([Double](repeating: 0, count: 3), 0.0)
    for _ in 0..<Self.count {
      let point = stream.dirichlet([1, 1, 1])
      #expect(abs(point.reduce(0, +) - 1) < 1e-12 && point.allSatisfy { $0 >= 0 })
      for index in 0..<3 { sums[index] += point[index] }
      squares += point[0] * point[0]
    }
    for sum in sums {
      #expect(abs(sum / Double(Self.count) - 1.0 / 3) < 5 * (1.0 / 18 / Double(Self.count)).squareRoot())
    }
    // E x^2 = 2 / (3 x 4).
    #expect(abs(squares / Double(Self.count) - 1.0 / 6) < 0.005)
  }
}
