import CVectorKernels
import Testing

@Suite struct NormalizationKernelTests {
  /// `[outer, reduced, inner]`: rows around a block of 64, columns around the widths of vectors.
  static let sizes: [[Int]] = [
    [1, 1, 1], [2, 5, 3], [1, 63, 16], [1, 64, 17], [2, 65, 31], [1, 200, 64], [1, 130, 80], [3, 129, 5],
  ]

  private static func columns(_ a: [Double], _ sizes: [Int]) -> [[Double]] {
    (0..<sizes[0] * sizes[2]).map { place in
      let (outer, column) = (place / sizes[2], place % sizes[2])
      return (0..<sizes[1]).map { a[(outer * sizes[1] + $0) * sizes[2] + column] }
    }
  }

  /// Where the two results of a column stand in `[outer, 2, inner]`.
  private static func places(_ column: Int, _ sizes: [Int]) -> (first: Int, second: Int) {
    let first = column / sizes[2] * 2 * sizes[2] + column % sizes[2]
    return (first, first + sizes[2])
  }

  /// Values around 1,000 with deviations of 1: the mean of squares less the square of the mean would keep no digit of
  /// the variance in Float.
  @Test(arguments: sizes, runnableLevels) func momentsOfAShiftedSampleKeepTheirDigits(_ sizes: [Int], _ level: String) {
    let count = sizes.reduce(1, *)
    var numbers = TestNumbers(state: 71)
    let values = (0..<count).map { _ in Float(1_000 + Double.random(in: -2...2, using: &numbers)) }
    let result = Float.written(2 * sizes[0] * sizes[2]) { Float.moments(level, values, $0, sizes) }
    for (index, column) in Self.columns(values.map(Double.init), sizes).enumerated() {
      let mean = column.reduce(0, +) / Double(sizes[1])
      let variance = column.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(sizes[1])
      let places = Self.places(index, sizes)
      // A block's 64 additions of numbers of 1,000 err by 32 half units of 64,000 x 6e-8 at the most, about 0.06 for a
      // mean of 64 of them; in the variance that error stands squared.
      #expect(abs(Double(result[places.first]) - mean) < 2e-3)
      #expect(abs(Double(result[places.second]) - variance) < 1e-3)
    }
  }

  @Test(arguments: sizes, [false, true]) func sumsOfIntegersAreExact(_ sizes: [Int], _ isRectified: Bool) {
    let count = sizes.reduce(1, *)
    let a = Double.integers(count, seed: 72), b = Double.integers(count, seed: 73)
    // The center, and the gain and the offset that say which elements count.
    let channels = (74..<(isRectified ? 77 : 75)).map { Double.integers(sizes[0] * sizes[2], seed: $0) }
    var expected = [Double](repeating: 0, count: 2 * channels[0].count)
    for (index, (ofA, ofB)) in zip(Self.columns(a, sizes), Self.columns(b, sizes)).enumerated() {
      let places = Self.places(index, sizes)
      let counted = zip(ofA, ofB).filter { !isRectified || $1 * channels[1][index] + channels[2][index] > 0 }
      expected[places.first] = counted.map(\.0).reduce(0, +)
      expected[places.second] = counted.map { $0 * ($1 - channels[0][index]) }.reduce(0, +)
    }
    let (floatA, floatB) = (a.map(Float.init), b.map(Float.init))
    let floatChannels = channels.map { $0.map(Float.init) }
    for level in runnableLevels {
      #expect(
        Double.written(expected.count) { Double.centeredSums(level, a, b, channels, $0, sizes) } == expected, "\(level)"
      )
      #expect(
        Float.written(expected.count) { Float.centeredSums(level, floatA, floatB, floatChannels, $0, sizes) }
          == expected.map(Float.init), "\(level)")
    }
  }

  /// Integers of at most 8: every product and sum is exact.
  @Test(arguments: sizes, [false, true]) func linesOfIntegersAreExact(_ sizes: [Int], _ isRectified: Bool) {
    let count = sizes.reduce(1, *)
    let g = Double.integers(count, seed: 75), x = Double.integers(count, seed: 76)
    // Gain, offset, slope and constant.
    let channels = (77..<81).map { Double.integers(sizes[0] * sizes[2], seed: $0) }
    let column = (0..<count).map { $0 / (sizes[1] * sizes[2]) * sizes[2] + $0 % sizes[2] }
    let line = (0..<count).map { x[$0] * channels[0][column[$0]] + channels[1][column[$0]] }
    let values = isRectified ? line.map { max($0, 0) } : line
    let gradients = (0..<count).map { index in
      let (passed, at) = (isRectified && line[index] <= 0 ? 0 : g[index], column[index])
      return passed * channels[0][at] - x[index] * channels[2][at] - channels[3][at]
    }
    let (floatG, floatX, floatChannels) = (g.map(Float.init), x.map(Float.init), channels.map { $0.map(Float.init) })
    for level in runnableLevels {
      #expect(Double.written(count) { Double.line(level, x, channels, isRectified, $0, sizes) } == values, "\(level)")
      #expect(
        Float.written(count) { Float.line(level, floatX, floatChannels, isRectified, $0, sizes) }
          == values.map(Float.init), "\(level)")
      #expect(
        Double.written(count) { Double.lineGradient(level, [g, x], channels, isRectified, $0, sizes) } == gradients,
        "\(level)")
      #expect(
        Float.written(count) { Float.lineGradient(level, [floatG, floatX], floatChannels, isRectified, $0, sizes) }
          == gradients.map(Float.init), "\(level)")
    }
  }
}
