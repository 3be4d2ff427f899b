import Foundation
import TensorCore
import TestSupport
import Testing

/// Operations at the borders of what they are defined on.
@Suite struct EdgeCaseTests {
  @Test func emptyOperandsAreSkippedOrSumToNothing() {
    let empty = Tensor<Float>([])
    #expect(concatenate([empty, Tensor([1, 2]), empty], axis: 0).scalars == [1, 2])
    #expect(empty.sum().scalar == 0)
    #expect(Tensor<Float>.zeros([0, 3]).sum(axes: 0).scalars == [0, 0, 0])
    #expect(matmul(Tensor<Float>.zeros([2, 0]), .zeros([0, 2])).scalars == [0, 0, 0, 0])
    #expect(gather(Tensor<Float>([3, 4]), rows: empty).shape == [0])
    #expect(empty.padded(axis: 0, before: 1, after: 1).scalars == [0, 0])
  }

  @Test func axisNamedTwiceCountsOnce() {
    let x = Tensor<Double>(shape: [2, 2], scalars: [1, 2, 3, 6])
    #expect(x.mean(axes: 0, -2).scalars == [2, 4])
    #expect(x.sum(axes: 1, 1).scalars == [3, 9])
  }

  @Test func logSumExpKeepsInfinities() {
    // As numpy.logaddexp: log(0 + 0) is -infinity, and an infinite term wins.
    let infinity = Double.infinity
    let x = Tensor<Double>(shape: [3, 2], scalars: [-infinity, -infinity, infinity, 1, -infinity, 2])
    #expect(x.logSumExp(axis: 1).scalars == [-infinity, infinity, 2])
    #expect(Tensor<Double>([1000, 1000]).logSumExp(axis: 0).scalar == 1000 + Foundation.log(2))
  }

  @Test func equalElementsShareTheGradientOfAMaximum() {
    let derivative = gradient(at: [Tensor<Double>([3, 1, 3, 2])]) { $0[0].maximum() }[0]
    #expect(derivative.scalars == [0.5, 0, 0.5, 0])
    let pair = gradient(at: [Tensor<Double>(2), Tensor<Double>(2)]) { maximum($0[0], $0[1]) }
    #expect(pair.map(\.scalar) == [1, 0])
  }

  @Test func derivativesAtKinksAreTheDocumentedOnes() {
    let zero = [Tensor<Double>(0)]
    #expect(gradient(at: zero) { relu($0[0]) }[0].scalar == 0)
    #expect(gradient(at: zero) { abs($0[0]) }[0].scalar == 0)
    #expect(gradient(at: zero) { softThreshold($0[0], by: 0.5) }[0].scalar == 0)
  }

  @Test func gatheredRowThatIsRepeatedCollectsItsGradients() {
    let weights = Tensor<Double>([1, 10, 100])
    let derivative = gradient(at: [Tensor<Double>([5, 6, 7])]) {
      (gather($0[0], rows: Tensor([2, 0, 2])) * weights).sum()
    }[0]
    #expect(derivative.scalars == [10, 0, 101])
  }

  @Test func indexThatIsNoRowStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gather(Tensor<Float>([1, 2]), rows: Tensor([2]))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("gather: index 2.0 is not one of 2 rows"))
  }

  @Test func deepComputationIsTracedDifferentiatedAndFreed() {
    let derivative = gradient(at: [Tensor<Double>([1, 2])]) { x in
      var y = x[0]
      for _ in 0..<5_000 { y = y + x[0] }
      return y.sum()
    }[0]
    #expect(derivative.scalars == [5_001, 5_001])
  }
}
