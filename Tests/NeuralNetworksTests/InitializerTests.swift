import NeuralNetworks
import RandomStreams
import TensorCore
import Testing

/// Moments of 40,000 draws: a mean's standard error is s / 200, and a variance's is at most s^2 sqrt(2) / 200 = 0.7%
/// (less for bounded draws). Five of them, 2.5% and 3.6%, hold for a fixed seed unless the formula is wrong.
@Suite struct InitializerTests {
  private func draw(_ initializer: Initializer, _ shape: Shape = [100, 400], task: Int = 0) -> Tensor<Double> {
    var stream = RandomAddress(seed: 4, purpose: .test, task: task).stream
    return initializer(shape, from: &stream)
  }

  private func moments(_ tensor: Tensor<Double>) -> (mean: Double, variance: Double) {
    let mean = tensor.mean().scalar
    return (mean, square(tensor - Tensor(mean)).mean().scalar)
  }

  private func expectMoments(_ tensor: Tensor<Double>, variance: Double) {
    let found = moments(tensor)
    #expect(abs(found.mean) < 0.025 * variance.squareRoot())
    #expect(abs(found.variance / variance - 1) < 0.036)
  }

  @Test func xavierIsUniformWithItsVariance() {
    let weights = draw(.xavier)
    // Uniform over +-sqrt(6 / 500), so the variance is 2 / 500 and the largest of 40,000 is close to the bound.
    expectMoments(weights, variance: 2.0 / 500)
    let bound = (6.0 / 500).squareRoot()
    #expect(abs(weights).maximum().scalar <= bound)
    #expect(abs(weights).maximum().scalar > 0.999 * bound)
  }

  @Test func heHasVarianceTwoOverInputs() {
    let weights = draw(.he)
    expectMoments(weights, variance: 2.0 / 100)
    // Normal draws reach beyond 3 standard deviations; uniform ones of this variance never beyond 1.74.
    #expect(abs(weights).maximum().scalar > 3 * (2.0 / 100).squareRoot())
  }

  @Test func truncatedNormalStaysWithinTwoDeviations() {
    let weights = draw(.truncatedNormal(standardDeviation: 0.3))
    #expect(abs(weights).maximum().scalar <= 0.6)
    #expect(abs(weights).maximum().scalar > 0.59)
    // The variance of a standard normal cut at +-2 is 1 - 4 pdf(2) / (2 cdf(2) - 1) = 0.7737.
    expectMoments(weights, variance: 0.7737 * 0.09)
  }

  @Test(arguments: [[6, 4], [4, 6], [5, 5], [1, 7], [7, 1]] as [Shape])
  func orthogonalRowsOrColumnsAreOrthonormalTimesTheGain(_ shape: Shape) {
    let weights = draw(.orthogonal(gain: 1.5), shape)
    let product = shape[0] <= shape[1] ? matmul(weights, weights.transposed()) : matmul(weights.transposed(), weights)
    let size = min(shape[0], shape[1])
    for row in 0..<size {
      for column in 0..<size {
        // Orthogonal to rounding: a few units of 2e-16 on numbers up to 2.25.
        #expect(abs(product.scalars[row * size + column] - (row == column ? 2.25 : 0)) < 1e-14)
      }
    }
  }

  @Test func orthogonalMatricesHaveNoPreferredDirection() {
    // An entry of a random 3 x 3 rotation has mean 0 and variance 1/3, here over 400 matrices of 9 entries: standard
    // errors 0.58 / 60 and, as the squares add up to 3 in each, nothing for the variance over all entries.
    let entries = (0..<400).flatMap { draw(.orthogonal(gain: 1), [3, 3], task: $0).scalars }
    #expect(abs(entries.reduce(0, +) / 3600) < 0.05)
    let corner = stride(from: 0, to: 3600, by: 9).map { entries[$0] * entries[$0] }.reduce(0, +) / 400
    // The square of one entry has variance 4/45: the standard error over 400 is 0.015.
    #expect(abs(corner - 1.0 / 3) < 0.075)
  }

  @Test func sameStreamGivesTheSameWeightsAndTheNextOnesDiffer() {
    #expect(draw(.he, [3, 4]).scalars == draw(.he, [3, 4]).scalars)
    #expect(draw(.he, [3, 4]).scalars != draw(.he, [3, 4], task: 1).scalars)
    #expect(draw(.zeros, [3, 4]).scalars == Array(repeating: 0, count: 12))
  }
}
