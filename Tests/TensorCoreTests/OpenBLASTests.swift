import Foundation
import Testing

@testable import TensorCore

@Suite struct OpenBLASTests {
  /// The library makes its threads when it is loaded: one, whatever the machine has and the user has set.
  @Test func libraryIsLoadedWithOneThread() throws {
    #expect(ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"] == "1")
    #expect(!OpenBLAS.kernelName.isEmpty && OpenBLAS.isLoaded)
    #expect(OpenBLAS.configuration.contains("OpenBLAS"))
  }

  /// Every way in which a factor is stored, and sums: whole numbers, so that any order of sums has the same bits.
  @Test(arguments: [false, true], [false, true])
  func largeProductsHaveEveryFormOfTheirFactors(isLeftTransposed: Bool, isRightTransposed: Bool) {
    func check<Scalar: TensorScalar>(_: Scalar.Type) {
      let (rows, columns, inner) = (130, 140, 150)
      func matrix(_ rows: Int, _ columns: Int, _ seed: Int) -> Tensor<Scalar> {
        Tensor(shape: [rows, columns], scalars: (0..<rows * columns).map { Scalar(($0 * 7 + seed) % 11 - 5) })
      }
      let (left, right) = (matrix(rows, inner, 1), matrix(inner, columns, 2))
      let found = matmul(
        isLeftTransposed ? left.transposed().transposed() : left,
        isRightTransposed ? right.transposed().transposed() : right)
      let (l, r) = (left.scalars, right.scalars)
      for (row, column) in [(0, 0), (129, 139), (64, 3)] {
        let expected = (0..<inner).reduce(Scalar(0)) { $0 + l[row * inner + $1] * r[$1 * columns + column] }
        #expect(found.scalars[row * columns + column] == expected)
      }
    }
    check(Float.self)
    check(Double.self)
  }
}
