import TensorCore
import TestSupport
import Testing

@Suite struct LargestMaskTests {
  @Test func marksTheLargestMagnitudesAlongTheAxis() {
    let x = Tensor<Double>(shape: [2, 3, 2], scalars: [1, -9, -3, 4, 2, 5, 0, 1, 0, -2, 0, 3])
    // Along axis 1: columns (1, -3, 2), (-9, 4, 5), (0, 0, 0), (1, -2, 3); of equal ones the earlier.
    #expect(largestMask(x, count: 1, axis: 1).scalars == [0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1])
    #expect(largestMask(x, count: 2, axis: -2).scalars == [0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1])
  }

  @Test func noElementAndEveryElementCanBeLargest() {
    let x = Tensor<Float>([3, 0, -1])
    #expect(largestMask(x, count: 0, axis: 0).scalars == [0, 0, 0])
    #expect(largestMask(x, count: 7, axis: 0).scalars == [1, 1, 1])
  }

  @Test func compiledMaskEqualsTheEagerOne() {
    let function = TracedFunction { (x: Tensor<Float>) in largestMask(x, count: 2, axis: 1) * x }
    let x = Tensor<Float>(shape: [2, 4], scalars: [1, -2, 3, -4, 0.5, 0.25, -0.125, 0])
    #expect(function(x).scalars == [0, 0, 3, -4, 0.5, 0.25, 0, 0])
  }

  @Test func missingAxisStopsTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = largestMask(Tensor<Float>([1]), count: 1, axis: 1) }
  }
}
