import CVectorKernels
import Testing

@Suite struct ReductionTests {
  /// [outer, reduced, inner]: rows and columns, short and long, around multiples of every level's vectors.
  static let sizes = [
    [1, 1, 1], [3, 0, 2], [3, 0, 1], [7, 6, 1], [5, 15, 1], [5, 16, 1], [5, 17, 1], [3, 64, 1], [2, 131, 1],
    [1, 1000, 1],
    [2, 5, 3], [2, 9, 16], [1, 40, 17], [3, 7, 31], [1, 13, 70], [4, 1, 5], [0, 3, 3],
  ]

  static func column<Scalar>(_ a: [Scalar], _ sizes: [Int], _ outer: Int, _ inner: Int) -> [Scalar] {
    (0..<sizes[1]).map { a[(outer * sizes[1] + $0) * sizes[2] + inner] }
  }

  static func expected<Scalar>(_ a: [Scalar], _ sizes: [Int], _ reduce: ([Scalar]) -> Scalar) -> [Scalar] {
    (0..<sizes[0]).flatMap { outer in (0..<sizes[2]).map { reduce(column(a, sizes, outer, $0)) } }
  }

  static func run<Scalar: KernelScalar>(_ level: String, _ kind: Reduction, _ a: [Scalar], _ sizes: [Int]) -> [Scalar] {
    Scalar.written(sizes[0] * sizes[2]) { Scalar.reduce(level, kind, a, $0, sizes) }
  }

  @Test(arguments: runnableLevels) func sumsAndMaximaOfIntegersAreExact(level: String) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for sizes in Self.sizes {
        let a = Scalar.integers(sizes.reduce(1, *), seed: 31)
        #expect(Self.run(level, .sum, a, sizes) == Self.expected(a, sizes) { $0.reduce(0, +) }, "\(sizes)")
        #expect(Self.run(level, .maximum, a, sizes) == Self.expected(a, sizes) { $0.max() ?? -.infinity }, "\(sizes)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// As the header has it: what programs that see a long array in row tiles rely on.
  @Test(arguments: runnableLevels) func sumOverRowsIsThatOfFourSumsOfRows(level: String) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for (rows, inner) in [(7, 3), (12, 16), (1030, 64), (259, 33)] {
        let a = Scalar.values(rows * inner, seed: 34)
        let whole = rows / 4 * 4
        var partials = Array(repeating: Scalar.zero, count: 4 * inner)
        Scalar.addRows(level, Array(a[..<(whole / 2 / 4 * 4 * inner)]), &partials, whole / 2 / 4, 4 * inner)
        Scalar.addRows(
          level, Array(a[(whole / 2 / 4 * 4 * inner)..<(whole * inner)]), &partials, whole / 4 - whole / 2 / 4,
          4 * inner)
        Scalar.addRows(level, Array(a[(whole * inner)...]), &partials, rows - whole, inner)
        #expect(
          Self.run(level, .sum, partials, [1, 4, inner]) == Self.run(level, .sum, a, [1, rows, inner]),
          "\(rows) rows of \(inner)")
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// Any order of n additions errs by at most (n - 1) half units of the sum of magnitudes, to first order.
  @Test(arguments: runnableLevels) func sumsStayWithinTheBoundOfAnyOrder(level: String) {
    for sizes in [[3, 4000, 1], [1, 4000, 20]] {
      let a = Float.values(sizes.reduce(1, *), seed: 32)
      for (index, sum) in Self.run(level, .sum, a, sizes).enumerated() {
        let column = Self.column(a, sizes, index / sizes[2], index % sizes[2]).map(Double.init)
        let bound = Double(sizes[1]) * Double(Float.ulpOfOne) / 2 * column.map(\.magnitude).reduce(0, +)
        #expect(abs(Double(sum) - column.reduce(0, +)) <= bound)
      }
    }
  }

  @Test(arguments: runnableLevels) func theBitsOfASumDoNotDependOnItsPlace(level: String) {
    for length in [5, 15, 16, 100, 257] {
      let row = Float.values(length, seed: 33)
      let alone = Self.run(level, .sum, row, [1, length, 1])[0]
      let rows = Self.run(level, .sum, (0..<5).flatMap { _ in row }, [5, length, 1])
      #expect(rows.allSatisfy { $0.isIdentical(to: alone) })
      let columns = Self.run(level, .sum, row.flatMap { [Float](repeating: $0, count: 67) }, [1, length, 67])
      #expect(columns.allSatisfy { $0.isIdentical(to: columns[0]) })
    }
  }

  @Test(arguments: runnableLevels) func aNaNAnywhereReachesTheResult(level: String) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for kind in Reduction.allCases {
        for (sizes, place) in [
          ([1, 6, 1], 2), ([1, 100, 1], 0), ([1, 100, 1], 63), ([1, 100, 1], 99), ([1, 9, 1], 8),
        ] {
          var a = Scalar.values(sizes[1], seed: 34)
          a[place] = .nan
          #expect(Self.run(level, kind, a, sizes)[0].isNaN, "\(kind) \(sizes) at \(place)")
          let columns = Self.run(level, kind, a.flatMap { [1, $0, 2] }, [1, sizes[1], 3])
          #expect(!columns[0].isNaN && columns[1].isNaN && !columns[2].isNaN, "\(kind) \(sizes) at \(place)")
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: runnableLevels) func infinitiesReachTheResult(level: String) {
    for length in [7, 100] {
      let a = [Float](repeating: -.infinity, count: length)
      #expect(Self.run(level, .maximum, a, [1, length, 1]) == [-.infinity])
      #expect(Self.run(level, .sum, a, [1, length, 1]) == [-.infinity])
    }
  }
}

@Suite struct CumulativeSumTests {
  static func expected<Scalar: KernelScalar>(_ a: [Scalar], _ sizes: [Int], reverse: Bool) -> [Scalar] {
    var out = a
    for outer in 0..<sizes[0] {
      for inner in 0..<sizes[2] {
        var sum: Scalar = 0
        for step in 0..<sizes[1] {
          let at = (outer * sizes[1] + (reverse ? sizes[1] - 1 - step : step)) * sizes[2] + inner
          sum = step == 0 ? a[at] : sum + a[at]
          out[at] = sum
        }
      }
    }
    return out
  }

  /// One addition after another, in order, is what the header promises: the bits are those of the plain loop.
  @Test(arguments: runnableLevels, [false, true]) func sumsInOrder(level: String, reverse: Bool) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for sizes in [
        [1, 1, 1], [1, 10, 1], [4, 7, 1], [6, 100, 1], [2, 5, 3], [1, 9, 16], [3, 20, 37], [2, 0, 3], [0, 4, 4],
      ] {
        let a = Scalar.values(sizes.reduce(1, *), seed: 41)
        let expected = Self.expected(a, sizes, reverse: reverse)
        let apart = Scalar.written(a.count) { Scalar.cumulativeSum(level, a, $0, sizes, reverse: reverse) }
        let inPlace = Scalar.written(a.count, from: a) { Scalar.cumulativeSum(level, $0, $0, sizes, reverse: reverse) }
        #expect(areIdentical(apart, expected), "\(sizes)")
        #expect(areIdentical(inPlace, expected), "\(sizes) in place")
      }
    }
    check(Float.self)
    check(Double.self)
  }
}
