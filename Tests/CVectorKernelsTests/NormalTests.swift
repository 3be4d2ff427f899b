import CVectorKernels
import Foundation
import RandomStreams
import Testing

@Suite struct NormalTests {
  static let address = RandomAddress(
    seed: 0x1234_5678_9abc_def0, purpose: .actionNoise, iteration: 7, adaptationStep: 2, task: 3, episode: 1_000,
    timeStep: 99)

  static func place(_ address: RandomAddress) -> metarl_random_place {
    let (key, counter) = (address.key, address.counter)
    return metarl_random_place(
      key: (key[0], key[1]), counter: (counter[0], counter[1], counter[2], counter[3]))
  }

  /// Standard normal numbers `[rows, width]`.
  static func normals<Scalar: KernelScalar>(
    _ level: String, rows: Int, width: Int, at address: RandomAddress = address
  ) -> [Scalar] {
    let means = [Scalar](repeating: 0, count: rows * width), deviations = [Scalar](repeating: 1, count: width)
    var place = place(address)
    return Scalar.written(rows * width) { Scalar.kernels(level).normals(&place, rows, width, means, deviations, $0) }
  }

  /// The same numbers by the Box-Muller transform in Double, of the words of the streams of `RandomStreams`.
  static func expected(rows: Int, width: Int) -> [Double] {
    (0..<rows).flatMap { row -> [Double] in
      var address = address
      address.episode += UInt32(row)
      var stream = address.stream
      let numbers = stride(from: 0, to: width, by: 2).flatMap { _ -> [Double] in
        let u = Double((stream.nextBits() >> 8) + 1) * 0x1p-24
        let angle = Double(stream.nextBits() >> 8) * (2 * Double.pi * 0x1p-24)
        let radius = (-2 * log(u)).squareRoot()
        return [radius * cos(angle), radius * sin(angle)]
      }
      return Array(numbers.prefix(width))
    }
  }

  /// Another word would give another number: both words of a pair are seen by their upper 24 bits.
  @Test(arguments: runnableLevels) func numbersAreMadeOfTheWordsOfTheStreams(level: String) {
    for (rows, width) in [(1, 1), (3, 2), (5, 3), (17, 4), (40, 6), (33, 9)] {
      let expected = Self.expected(rows: rows, width: width)
      #expect(areIdentical(Self.normals(level, rows: rows, width: width), expected), "\(rows) x \(width)")
    }
  }

  /// The bound that random.inc states.
  @Test(arguments: runnableLevels) func floatStaysWithinFourUnitsInTheLastPlace(level: String) {
    let numbers: [Float] = Self.normals(level, rows: 20_000, width: 6)
    let errors = zip(numbers, Self.expected(rows: 20_000, width: 6)).map { number, expected in
      abs(Double(number) - expected) / Double(Float(expected).ulp)
    }
    let worst = errors.max() ?? .infinity
    #expect(worst <= 4)
  }

  @Test(arguments: runnableLevels) func aNumberDependsOnItsPlaceAlone(level: String) {
    let all: [Float] = Self.normals(level, rows: 40, width: 9)
    for width in 1...9 {
      let part: [Float] = Self.normals(level, rows: 40, width: width)
      let expected = (0..<40).flatMap { row in all[row * 9..<row * 9 + width] }
      #expect(part == expected, "\(width) of 9")
    }
    for (first, rows) in [(0, 1), (1, 1), (7, 33), (15, 2), (39, 1)] {
      var address = Self.address
      address.episode += UInt32(first)
      let group: [Float] = Self.normals(level, rows: rows, width: 9, at: address)
      #expect(group == Array(all[first * 9..<(first + rows) * 9]), "rows \(first)..<\(first + rows)")
    }
  }

  @Test(arguments: runnableLevels) func samplesHaveTheirMeansAndDeviations(level: String) {
    let z: [Float] = Self.normals(level, rows: 19, width: 6)
    let means = Float.values(19 * 6, seed: 1), deviations = Float.values(6, seed: 2)
    var place = Self.place(Self.address)
    let samples = Float.written(19 * 6) { Float.kernels(level).normals(&place, 19, 6, means, deviations, $0) }
    let expected = z.indices.map { index -> Float in means[index] + deviations[index % 6] * z[index] }
    #expect(areIdentical(samples, expected))
  }

  /// A million numbers. Bounds are five standard errors: of the mean 1e-3, of the variance sqrt(2) e-3, of the fourth moment
  /// sqrt(96) e-3, of the product of neighbours 1e-3; a larger Kolmogorov-Smirnov distance has a chance of 0.1%.
  @Test func aMillionNumbersAreNormal() {
    let numbers = (Self.normals(runnableLevels[0], rows: 125_000, width: 8) as [Float]).map(Double.init)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    #expect(abs(mean(numbers)) < 0.005)
    #expect(abs(mean(numbers.map { $0 * $0 }) - 1) < 0.0071)
    #expect(abs(mean(numbers.map { pow($0, 4) }) - 3) < 0.049)
    for distance in [1, 2, 4, 8] {
      let product = mean(zip(numbers, numbers.dropFirst(distance)).map { $0 * $1 })
      #expect(abs(product) < 0.005, "\(distance) apart")
    }
    let gaps = numbers.sorted().enumerated().map { index, x -> Double in
      let below = 0.5 * erfc(-x / 2.0.squareRoot())
      return max(abs(below - Double(index) / 1e6), abs(below - Double(index + 1) / 1e6))
    }
    let largest = gaps.max() ?? 1
    #expect(largest < 1.95e-3)
  }
}
