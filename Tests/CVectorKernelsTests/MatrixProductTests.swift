import CVectorKernels
import Testing

@Suite struct MatrixProductTests {
  static func oracle<Scalar: KernelScalar>(
    _ shape: ProductShape, _ left: [Scalar], _ right: [Scalar], _ initial: [Scalar]
  ) -> [Double] {
    var out = initial.map { Double($0) }
    for b in 0..<shape.batch {
      for row in 0..<shape.rows {
        for column in 0..<shape.columns {
          var sum = 0.0
          for k in 0..<shape.inner {
            let l = shape.transposeLeft ? k * shape.rows + row : row * shape.inner + k
            let r = shape.transposeRight ? column * shape.inner + k : k * shape.columns + column
            sum += Double(left[b * shape.leftStride + l]) * Double(right[b * shape.rightStride + r])
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

  /// Integers: sums of up to 300 products of at most 64 are exact in any order, so that nothing is tolerated.
  static func expectExact<Scalar: KernelScalar>(_ level: String, _ shape: ProductShape, _: Scalar.Type) {
    let counts = counts(shape)
    let left = Scalar.integers(counts.left, seed: 61), right = Scalar.integers(counts.right, seed: 62)
    let initial = Scalar.integers(counts.out, seed: 63)
    let result = run(level, shape, left, right, initial).map { Double($0) }
    #expect(result == oracle(shape, left, right, initial), "\(level) \(Scalar.self) \(shape)")
  }

  @Test(arguments: runnableLevels) func productsOfIntegersAreExactForEverySize(level: String) {
    for rows in [1, 2, 5, 6, 7, 10, 13, 17, 40] {
      for columns in [1, 2, 4, 6, 7, 8, 9, 16, 17, 31, 33, 40, 64, 70, 100] {
        for shape in Self.transpositions(ProductShape(rows: rows, columns: columns, inner: 1 + (rows + columns) % 21)) {
          Self.expectExact(level, shape, Float.self)
          Self.expectExact(level, shape, Double.self)
        }
      }
    }
  }

  @Test(arguments: runnableLevels) func longInnerAxesAreBlockedWithoutLosingAStep(level: String) {
    for inner in [0, 1, 127, 128, 129, 256, 300] {
      for (rows, columns) in [(17, 6), (70, 3), (64, 1), (9, 40), (1, 20)] {
        for accumulates in [false, true] {
          let plain = ProductShape(rows: rows, columns: columns, inner: inner, accumulates: accumulates)
          for shape in Self.transpositions(plain) {
            Self.expectExact(level, shape, Float.self)
            Self.expectExact(level, shape, Double.self)
          }
        }
      }
    }
  }

  @Test(arguments: runnableLevels) func batchesShareOperandsAndSumIntoOneResult(level: String) {
    for (rows, columns, inner) in [(5, 6, 7), (10, 40, 17), (12, 1, 9), (40, 3, 20)] {
      for flags in 0..<16 {
        let sharesOut = flags & 4 != 0
        let plain = ProductShape(
          rows: rows, columns: columns, inner: inner, batch: 3, sharesLeft: flags & 1 != 0, sharesRight: flags & 2 != 0,
          sharesOut: sharesOut, accumulates: sharesOut || flags & 8 != 0)
        for shape in Self.transpositions(plain) {
          Self.expectExact(level, shape, Float.self)
          Self.expectExact(level, shape, Double.self)
        }
      }
    }
    Self.expectExact(level, ProductShape(rows: 3, columns: 3, inner: 3, batch: 0, sharesRight: true), Float.self)
  }

  /// A sum of n products errs by at most n + 1 half units of the sum of their magnitudes (each product and each sum rounds once).
  @Test(arguments: runnableLevels) func productsStayWithinTheBoundOfAnyOrder(level: String) {
    for shape in Self.transpositions(ProductShape(rows: 23, columns: 37, inner: 200)) {
      let left = Float.values(23 * 200, seed: 64), right = Float.values(200 * 37, seed: 65)
      let zeros = [Float](repeating: 0, count: 23 * 37)
      let expected = Self.oracle(shape, left, right, zeros)
      let magnitudes = Self.oracle(shape, left.map(\.magnitude), right.map(\.magnitude), zeros)
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

  /// The processors differ in speed, not in training: with fused multiply-adds the bits are the same in wide and narrow vectors.
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
