import CVectorKernels
import Testing

/// Levels that promise the same bits: the wide ones and x86-64-v4, as far as this processor has them. Of Double it is all
/// levels, and among these are both that it has.
@Suite struct SameBitsTests {
  static let levels = runnableLevels.filter { $0 == "x86-64-v4" || wideLevels.contains($0) }

  /// Every level against the first, on outputs that `body` makes of a level.
  private func expectSame<Scalar: KernelScalar>(_ what: String, _ body: (String) -> [Scalar]) {
    let expected = body(Self.levels[0])
    for level in Self.levels.dropFirst() { #expect(areIdentical(body(level), expected), "\(level): \(what)") }
  }

  @Test func theFastestOfThemIsTaken() {
    #expect(SelectionTests.names(METARL_SAME_BITS) == [Self.levels[0], SelectionTests.doubleLevel(of: Self.levels[0])])
    #expect(Self.levels.contains("portable-wide"))
  }

  /// Sums in lanes are where levels differ: these lengths end vectors, halves of them and blocks of four.
  @Test(arguments: [1, 7, 15, 16, 17, 31, 40, 64, 65, 200, 1_000]) func sums(length: Int) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for (outer, inner) in [(3, 1), (2, 5), (1, 33)] {
        let a = Scalar.values(outer * length * inner, seed: UInt64(length))
        for kind in Reduction.allCases {
          expectSame("\(kind) of \(outer) x \(length) x \(inner)") { level in
            Scalar.written(outer * inner) { Scalar.reduce(level, kind, a, $0, [outer, length, inner]) }
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// The ways a product takes: dot products, narrow ones, tiles of every width, several blocks of the inner axis.
  @Test(arguments: [1, 2, 5, 13, 40]) func products(rows: Int) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for columns in [1, 2, 6, 8, 9, 16, 17, 40, 70] {
        for inner in [1, 3, 16, 17, 100, 129, 300] {
          for accumulates in [false, true] {
            let plain = ProductShape(rows: rows, columns: columns, inner: inner, batch: 2, accumulates: accumulates)
            for shape in MatrixProductTests.transpositions(plain) {
              let counts = MatrixProductTests.counts(shape)
              let left = Scalar.values(counts.left, seed: 1), right = Scalar.values(counts.right, seed: 2)
              let initial = Scalar.values(counts.out, seed: 3)
              expectSame("\(shape)") { MatrixProductTests.run($0, shape, left, right, initial) }
            }
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  /// Float's functions are polynomials of the project's own. Angles beyond a million go to the C library, and are left out.
  @Test func elementaryFunctions() {
    let special = Float.specialValues.filter { abs($0) < 1e6 || !$0.isFinite }
    let a = special + Float.values(5_000, seed: 9)
    for op in METARL_NEGATE.rawValue...METARL_STEP.rawValue {
      let function = metarl_unary(rawValue: op)
      expectSame("function \(op)") { level in
        Float.written(a.count) { Float.unary(level, function, a, $0, a.count) }
      }
    }
  }

  @Test func normalNumbers() {
    expectSame("normal numbers") { NormalTests.normals($0, rows: 1_003, width: 7) as [Float] }
    expectSame("normal numbers") { NormalTests.normals($0, rows: 103, width: 7) as [Double] }
  }

  /// The levels that promise nothing differ, so that the comparison above can fail.
  @Test func otherLevelsSumInAnotherOrder() {
    let a = Float.values(1_000, seed: 4)
    func sum(_ level: String) -> [Float] { Float.written(1) { Float.reduce(level, .sum, a, $0, [1, 1_000, 1]) } }
    #expect(sum("portable") != sum("portable-wide"))
  }
}
