import CVectorKernels
import Testing

@Suite struct MatrixProductTests {
  /// The products in Double by the plain triple loop.
  static func oracle(_ shape: ProductShape, _ left: [Double], _ right: [Double], _ initial: [Double]) -> [Double] {
    var out = initial
    let (leftRow, leftStep) = shape.transposeLeft ? (1, shape.rows) : (shape.inner, 1)
    let (rightStep, rightColumn) = shape.transposeRight ? (1, shape.inner) : (shape.columns, 1)
    for b in 0..<shape.batch {
      for row in 0..<shape.rows {
        for column in 0..<shape.columns {
          var sum = 0.0, l = b * shape.leftStride + row * leftRow, r = b * shape.rightStride + column * rightColumn
          for _ in 0..<shape.inner {
            sum += left[l] * right[r]
            l += leftStep
            r += rightStep
          }
          let at = b * shape.outStride + row * shape.columns + column
          out[at] = shape.accumulates ? out[at] + sum : sum
        }
      }
    }
    return out
  }

  static func counts(_ shape: ProductShape) -> (left: Int, right: Int, out: Int) {
    (
      shape.rows * shape.inner * (shape.sharesLeft ? 1 : shape.batch),
      shape.inner * shape.columns * (shape.sharesRight ? 1 : shape.batch),
      shape.rows * shape.columns * (shape.sharesOut ? 1 : shape.batch)
    )
  }

  static func run<Scalar: KernelScalar>(
    _ level: String, _ shape: ProductShape, _ left: [Scalar], _ right: [Scalar], _ initial: [Scalar]
  ) -> [Scalar] {
    Scalar.written(initial.count, from: initial) { Scalar.matrixProduct(level, shape, left, right, $0) }
  }

  /// The four transpositions of a shape.
  static func transpositions(_ shape: ProductShape) -> [ProductShape] {
    [(false, false), (false, true), (true, false), (true, true)].map { left, right in
      var shape = shape
      shape.transposeLeft = left
      shape.transposeRight = right
      return shape
    }
  }

  /// All levels and both scalars against one oracle. Sums of up to 300 products of integers of at most 64 are exact in
  /// any order, so that nothing is tolerated.
  static func expectExact(_ shape: ProductShape) {
    let counts = counts(shape)
    let left = Double.integers(counts.left, seed: 61), right = Double.integers(counts.right, seed: 62)
    let initial = Double.integers(counts.out, seed: 63)
    let expected = oracle(shape, left, right, initial)
    for level in runnableLevels {
      let floats = run(level, shape, left.map(Float.init), right.map(Float.init), initial.map(Float.init))
      #expect(floats == expected.map(Float.init), "\(level) Float \(shape)")
      #expect(run(level, shape, left, right, initial) == expected, "\(level) Double \(shape)")
    }
  }

  /// Every height and width of a tile at every level, and sizes that need several tiles.
  @Test(arguments: Array(1...13) + [17, 40]) func productsOfIntegersAreExactForEverySize(rows: Int) {
    for columns in [1, 3, 4, 6, 8, 9, 16, 17, 31, 40, 64, 70, 100] {
      for shape in Self.transpositions(ProductShape(rows: rows, columns: columns, inner: 1 + (rows + columns) % 7)) {
        Self.expectExact(shape)
      }
    }
  }

  @Test(arguments: [0, 1, 64, 65, 128, 129, 300]) func longInnerAxesAreBlockedWithoutLosingAStep(inner: Int) {
    for (rows, columns) in [(17, 6), (66, 3), (20, 1), (5, 20)] {
      for accumulates in [false, true] {
        let plain = ProductShape(rows: rows, columns: columns, inner: inner, accumulates: accumulates)
        for shape in Self.transpositions(plain) { Self.expectExact(shape) }
      }
    }
  }

  @Test(arguments: 0..<16) func batchesShareOperandsAndSumIntoOneResult(flags: Int) {
    let sharesOut = flags & 4 != 0
    for (rows, columns, inner) in [(5, 6, 7), (10, 40, 5), (12, 1, 9), (40, 3, 4)] {
      let plain = ProductShape(
        rows: rows, columns: columns, inner: inner, batch: 3, sharesLeft: flags & 1 != 0, sharesRight: flags & 2 != 0,
        sharesOut: sharesOut, accumulates: sharesOut || flags & 8 != 0)
      for shape in Self.transpositions(plain) { Self.expectExact(shape) }
    }
  }

  @Test func anEmptyBatchLeavesNothing() {
    Self.expectExact(ProductShape(rows: 3, columns: 3, inner: 3, batch: 0, sharesLeft: true, sharesRight: true))
  }

  /// A sum of n products errs by at most n + 1 half units of the sum of their magnitudes (each product and each sum
  /// rounds once).
  @Test(arguments: runnableLevels) func productsStayWithinTheBoundOfAnyOrder(level: String) {
    for shape in Self.transpositions(ProductShape(rows: 23, columns: 37, inner: 200)) {
      let left = Float.values(23 * 200, seed: 64), right = Float.values(200 * 37, seed: 65)
      let zeros = [Float](repeating: 0, count: 23 * 37)
      let (l, r, z) = (left.map(Double.init), right.map(Double.init), zeros.map(Double.init))
      let expected = Self.oracle(shape, l, r, z)
      let magnitudes = Self.oracle(shape, l.map(\.magnitude), r.map(\.magnitude), z)
      let result = Self.run(level, shape, left, right, zeros)
      for index in result.indices {
        let bound = Double(shape.inner + 1) * Double(Float.ulpOfOne) / 2 * magnitudes[index]
        #expect(abs(Double(result[index]) - expected[index]) <= bound)
      }
    }
  }

  /// A NaN or an infinity of the left operand stays in its row, and a masked lane brings none in.
  @Test(arguments: runnableLevels) func notANumberStaysInItsRow(level: String) {
    for columns in [1, 5, 19] {
      for shape in Self.transpositions(ProductShape(rows: 9, columns: columns, inner: 21)) {
        var left = Float.integers(9 * 21, seed: 66)
        left[shape.transposeLeft ? 4 * 9 + 3 : 3 * 21 + 4] = .nan
        let right = Float.integers(21 * columns, seed: 67)
        let result = Self.run(level, shape, left, right, [Float](repeating: .nan, count: 9 * columns))
        for index in result.indices { #expect(result[index].isNaN == (index / columns == 3)) }
      }
    }
  }

  /// The processors differ in speed, not in training: with fused multiply-adds the bits are the same in wide and narrow
  /// vectors.
  @Test func levelsWithFusedProductsGiveTheSameBits() {
    guard runnableLevels.contains("x86-64-v4") else { return }
    for columns in [2, 6, 20, 64] {
      for shape in Self.transpositions(ProductShape(rows: 40, columns: columns, inner: 150)) {
        let left = Float.values(40 * 150, seed: 68), right = Float.values(150 * columns, seed: 69)
        let zeros = [Float](repeating: 0, count: 40 * columns)
        #expect(
          areIdentical(
            Self.run("x86-64-v4", shape, left, right, zeros), Self.run("x86-64-v3", shape, left, right, zeros)))
      }
    }
  }
}
