import CVectorKernels
import Testing

@Suite struct StridedCopyTests {
  static func expected<Scalar>(_ a: [Scalar], from start: Int, _ sizes: [Int], _ strides: [Int]) -> [Scalar] {
    guard let size = sizes.first, let stride = strides.first else { return [a[start]] }
    return (0..<size).flatMap {
      expected(a, from: start + $0 * stride, Array(sizes.dropFirst()), Array(strides.dropFirst()))
    }
  }

  static func check<Scalar: KernelScalar>(
    _ level: String, _ a: [Scalar], from start: Int = 0, _ sizes: [Int], _ strides: [Int]
  ) {
    let expected = expected(a, from: start, sizes, strides)
    let copy = a.withUnsafeBufferPointer { buffer in
      Scalar.written(expected.count) { out in
        guard let base = buffer.baseAddress else { return }
        Scalar.stridedCopy(level, base + start, out, sizes, strides)
      }
    }
    #expect(copy == expected, "\(Scalar.self) \(sizes) with strides \(strides)")
  }

  static func strides(of sizes: [Int]) -> [Int] {
    sizes.indices.map { sizes[($0 + 1)...].reduce(1, *) }
  }

  @Test(arguments: runnableLevels) func transposesOfEverySize(level: String) {
    for rows in [1, 2, 3, 4, 5, 8, 15, 16, 17, 20, 33, 64] {
      for columns in [1, 2, 3, 4, 6, 7, 16, 17, 40] {
        Self.check(level, Float.values(rows * columns, seed: 51), [columns, rows], [1, columns])
        Self.check(level, Double.values(rows * columns, seed: 52), [columns, rows], [1, columns])
      }
    }
  }

  @Test(arguments: runnableLevels) func permutationsOfSixAxes(level: String) {
    let sizes = [2, 3, 1, 4, 5, 3], strides = Self.strides(of: sizes)
    let a = Float.values(sizes.reduce(1, *), seed: 53), b = Double.values(sizes.reduce(1, *), seed: 53)
    var numbers = TestNumbers(state: 54)
    for _ in 0..<60 {
      let order = sizes.indices.shuffled(using: &numbers)
      Self.check(level, a, order.map { sizes[$0] }, order.map { strides[$0] })
      Self.check(level, b, order.map { sizes[$0] }, order.map { strides[$0] })
    }
  }

  @Test(arguments: runnableLevels) func slicesBroadcastsAndReversals(level: String) {
    let a = Float.values(2000, seed: 55)
    Self.check(level, a, from: 7, [], [])
    Self.check(level, a, from: 3, [37], [1])
    Self.check(level, a, from: 5, [50], [0])
    Self.check(level, a, from: 99, [100], [-1])
    Self.check(level, a, from: 11, [9, 17], [40, 1])
    Self.check(level, a, from: 11, [9, 17], [40, 2])
    Self.check(level, a, [6, 33], [0, 1])
    Self.check(level, a, [6, 33], [1, 0])
    Self.check(level, a, [3, 5, 21], [0, 0, 1])
    Self.check(level, a, [3, 5, 21], [21, 0, 1])
    Self.check(level, a, from: 1900, [20, 30], [1, -60])
    Self.check(level, a, [4, 0, 3], [3, 3, 1])
    Self.check(level, a, [2, 3, 4, 5], [60, 20, 5, 1])
  }
}
