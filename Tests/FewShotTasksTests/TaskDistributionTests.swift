import FewShotTasks
import Foundation
import RandomStreams
import Testing

/// Examples against the formula of the task that they are of. Inputs and targets are rounded to Float: where a target's
/// slope is at most `slope`, the formula at the rounded input is within (slope x 5 + 5) x 1.2e-7 of the target.
@Suite struct TaskDistributionTests {
  private func stream(_ task: Int) -> RandomStream {
    RandomAddress(seed: 11, purpose: .test, task: task).stream
  }

  /// The examples of one task, in two arrays.
  private func examples<Distribution: TaskDistribution>(
    _ distribution: Distribution, of task: Distribution.Task, count: Int
  ) -> (inputs: [Float], targets: [Float]) {
    var inputs = Array(repeating: Float(0), count: count * distribution.inputSize)
    var targets = Array(repeating: Float(0), count: count * distribution.targetSize)
    var stream = stream(1_000)
    var inputRoom = inputs.mutableSpan
    var targetRoom = targets.mutableSpan
    distribution.writeExamples(of: task, rows: 0..<count, from: &stream, inputs: &inputRoom, targets: &targetRoom)
    return (inputs, targets)
  }

  @Test(arguments: [
    (Sinusoids.general, 0.1...5.0, 0.8...1.2, 0.0...Double.pi), (.phase, 0.1...5, 1...1, -.pi...0),
    (.frequency, 1...1, 0.5...2, 0...0),
  ])
  func sinusoidsFillTheirRanges(
    _ distribution: Sinusoids, _ amplitudes: ClosedRange<Double>, _ frequencies: ClosedRange<Double>,
    _ phases: ClosedRange<Double>
  ) {
    let tasks = (0..<2_000).map { task in
      var stream = stream(task)
      return distribution.sampleTask(from: &stream)
    }
    // 2,000 uniform draws come within 1% of both ends but for a chance of 2 x 0.99^2000 = 4e-9.
    func expectFilled(_ values: [Double], _ range: ClosedRange<Double>) {
      let margin = (range.upperBound - range.lowerBound) / 100
      #expect(values.allSatisfy(range.contains))
      #expect((values.min() ?? 1e9) <= range.lowerBound + margin && (values.max() ?? -1e9) >= range.upperBound - margin)
    }
    expectFilled(tasks.map(\.amplitude), amplitudes)
    expectFilled(tasks.map(\.frequency), frequencies)
    expectFilled(tasks.map(\.phase), phases)
  }

  @Test(arguments: [Sinusoids.general, .phase, .frequency]) func sinusoidExamplesAreOnTheirWave(_ waves: Sinusoids) {
    var stream = stream(0)
    let task = waves.sampleTask(from: &stream)
    let (inputs, targets) = examples(waves, of: task, count: 2_000)
    for (x, y) in zip(inputs, targets) {
      let expected = task.amplitude * sin(task.frequency * Double(x) + task.phase)
      #expect(abs(Double(y) - expected) < 1e-5)  // A slope of at most 6.
    }
    #expect(inputs.allSatisfy { abs($0) <= 5 } && (inputs.min() ?? 0) < -4.9 && (inputs.max() ?? 0) > 4.9)
  }

  @Test(arguments: 0...3) func polynomialsHaveTheirOrder(_ order: Int) {
    let distribution = Polynomials(order: order)
    var stream = stream(order)
    let coefficients = distribution.sampleTask(from: &stream)
    #expect(coefficients.count == order + 1 && coefficients.allSatisfy { abs($0) <= 1 })
    let (inputs, targets) = examples(distribution, of: coefficients, count: 200)
    #expect(inputs.allSatisfy { abs($0) <= 2 } && (inputs.max() ?? 0) > 1.8)
    for (x, y) in zip(inputs, targets) {
      var expected = 0.0
      for (power, coefficient) in coefficients.enumerated() {
        expected += coefficient * pow(Double(x) / 2, Double(power))
      }
      #expect(abs(Double(y) - expected) < 3e-6)  // A slope of at most 3.
    }
  }

  @Test func labelsAreTheSidesOfThePlane() {
    let distribution = LinearClassification()
    var stream = stream(0)
    let normal = distribution.sampleTask(from: &stream)
    #expect(normal.count == 100)
    let (inputs, targets) = examples(distribution, of: normal, count: 1_000)
    for (row, label) in targets.enumerated() {
      let side = (0..<100).map { normal[$0] * Double(inputs[row * 100 + $0]) }.reduce(0, +)
      // Rounding to Float moves a sum of 100 products of order 1 by less than 1e-4.
      if abs(side) > 1e-4 { #expect(label == (side > 0 ? 1 : 0)) }
    }
    // A fair coin: 500 with a standard deviation of 16.
    #expect(abs(targets.reduce(0, +) - 500) < 80)
    // 100,000 normal numbers: a mean square of 1 with a standard deviation of 0.0045.
    let meanSquare = inputs.map { Double($0) * Double($0) }.reduce(0, +) / Double(inputs.count)
    #expect(abs(meanSquare - 1) < 0.025)
  }

  @Test func signalsHaveFewFrequencies() {
    let distribution = SparseSpectra()
    var seen = Set<Int>()
    for number in 0..<300 {
      var stream = stream(number)
      let task = distribution.sampleTask(from: &stream)
      #expect(Set(task.map(\.frequency)).count == 3)
      seen.formUnion(task.map(\.frequency))
    }
    // Each of 32 is missed by 300 draws of 3 with a chance of (29/32)^300 = 1e-13.
    #expect(seen == Set(1...32))
  }

  @Test func signalIsTheSumOfItsFrequencies() {
    let distribution = SparseSpectra()
    var stream = stream(0)
    let task = distribution.sampleTask(from: &stream)
    let (inputs, targets) = examples(distribution, of: task, count: 100)
    for (t, y) in zip(inputs, targets) {
      var expected = 0.0
      for part in task {
        let angle = 2 * Double.pi * Double(part.frequency) * Double(t)
        expected += part.cosine * cos(angle) + part.sine * sin(angle)
      }
      // An input up to 1 is rounded by 3e-8 and the slope is at most 2 pi 32 times amplitudes of 3 or so.
      #expect(abs(Double(y) - expected) < 1e-4)
    }
  }
}
