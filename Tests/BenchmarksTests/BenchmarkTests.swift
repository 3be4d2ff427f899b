@testable import Benchmarks
import Foundation
import Parts
import RunFixtures
@testable import Runs
import TensorCore
import Testing

@Suite struct BenchmarkTests {
  private func benchmark(_ measure: Benchmark.Measure) -> Benchmark {
    Benchmark(name: "nothing", summary: "", threads: 1, measure: measure, shapes: "2 x 3", repeats: 4) { { 10 } }
  }

  @Test func bestIsTheLargestRateAndTheSmallestTime() {
    let rate = BenchmarkResult(benchmark(.rate(unit: "steps/s")), values: [4, 1, 3, 2])
    #expect([rate.median, rate.best, rate.worst] == [2.5, 4, 1])
    let time = BenchmarkResult(benchmark(.seconds), values: [5, 1, 3])
    #expect([time.median, time.best, time.worst] == [3, 1, 5])
    #expect(time.unit == "s")
  }

  @Test func warmsUpOnceAndCountsTheRepeats() throws {
    nonisolated(unsafe) var calls = 0
    let benchmark = Benchmark(
      name: "calls", summary: "", threads: 2, measure: .rate(unit: "calls/s"), shapes: "", repeats: 3
    ) {
      {
        calls += 1
        return 1
      }
    }
    let result = try benchmark.run()
    #expect(calls == 4)
    #expect(result.repeats == 3)
    #expect(result.worst > 0 && result.worst <= result.median && result.median <= result.best)
  }

  /// iMAML, figure 2b.
  @Test func memoryOfMAMLGrowsInProportionToTheStepsAndThatOfIMAMLNotAtAll() throws {
    let unrolled = try [4, 7, 10].map { try Double(Benchmark.metaGradientBytes(of: "maml", steps: $0)) }
    let (first, second) = (unrolled[1] - unrolled[0], unrolled[2] - unrolled[1])
    // Buffers are shared as they fit: no two steps add exactly the same.
    #expect(second > 0 && abs(first - second) < 0.2 * second)
    let implicit = try [1, 8].map { try Benchmark.metaGradientBytes(of: "imaml", steps: $0) }
    #expect(implicit[0] == implicit[1])
  }

  @Test func jsonHasThePromisedNames() throws {
    let text = try JSONText.encode([benchmark(.seconds).run()])
    let objects = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
    #expect(
      objects.map { Set($0[0].keys) }
        == ["name", "threads", "repeats", "median", "best", "worst", "unit", "shapes", "kernels"])
  }

  /// 10 products of [2, 3] and [3, 4] in half a second, two operations for each pair of factors; two cores that do 2,000
  /// operations a second each.
  @Test func operationsAreRatedByThePeakOfTheThreads() throws {
    let factors: [Tensor<Float>] = [.placeholder([2, 3]), .placeholder([3, 4])]
    let program = Program(for: factors) { matmul($0[0], $0[1]) }.compiled
    #expect(program.operationCount == 2 * 2 * 3 * 4)
    let row = Benchmark(name: "", summary: "", threads: 2, measure: .rate(unit: "steps/s"), shapes: "") { { 1 } }
    let result = BenchmarkResult(row, values: [20], operations: Double(program.operationCount), peak: 2_000)
    #expect(result.gigaflops == 20 * 48 * 1e-9)
    #expect(result.shareOfPeak == 20 * 48 / 4_000.0)
    let time = BenchmarkResult(benchmark(.seconds), values: [0.5], operations: 48, peak: 960)
    #expect(time.shareOfPeak == 0.1)
  }

  /// The benchmarks of compiled programs know them; a processor does at least 10^8 operations a second.
  @Test func peakAndProgramsOfTheSmallestMetaGradientAreThere() throws {
    let programs = try Benchmark.select(["sinusoid-maml-4x1"], from: Benchmark.standard)[0].programs?() ?? []
    #expect(programs.count == 1)
    // 4 tasks, 9 products of 10 rows with the shared inner weights [40, 40], and some for the rest.
    let products = 4 * 9 * 2 * 10 * 40 * 40
    #expect((products..<2 * products).contains(programs.map(\.program.operationCount).reduce(0, +)))
    #expect(KernelChoice.fastest.measuredPeak() > 1e8)
  }

  @Test func unknownNameGetsTheNearest() throws {
    let error = userError { _ = try Benchmark.select(["nothin"], from: [benchmark(.seconds)]) }
    #expect(error == UserError("unknown benchmark 'nothin'; did you mean 'nothing'?", status: .usage))
    #expect(try Benchmark.select([], from: [benchmark(.seconds)]).count == 1)
  }

  @Test func everyStandardBenchmarkHasItsOwnName() {
    #expect(Set(Benchmark.standard.map(\.name)).count == Benchmark.standard.count)
  }

  /// The processes of one worker run it by its name.
  @Test func everyScalingBenchmarkIsAStandardOne() {
    #expect(Set(ScalingBenchmark.all.map(\.name)).isSubset(of: Benchmark.standard.map(\.name)))
  }
}
