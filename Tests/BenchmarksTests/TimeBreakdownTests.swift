@testable import Benchmarks
import TensorCore
import Testing

@Suite struct TimeBreakdownTests {
  private func time(_ kind: InstructionTime.Kind, _ operations: Int, _ seconds: Double) -> InstructionTime {
    InstructionTime(label: "", kind: kind, operations: operations, seconds: seconds)
  }

  /// A unit of 10 s: three runs of a product and two passes, one run of a product and a copy, and 2 s outside of these.
  @Test func kindsSumToTheUnitOfWorkWithItsRuns() {
    let programs = [
      TimeBreakdown.ProgramTimes(
        name: nil, runs: 3, instructions: [time(.product, 50, 1), time(.pass, 10, 0.5), time(.pass, 2, 0.25)]),
      TimeBreakdown.ProgramTimes(name: nil, runs: 1, instructions: [time(.product, 100, 2), time(.copy, 0, 0.75)]),
    ]
    let found = TimeBreakdown(name: "", threads: 1, seconds: 10, peak: 100, programs: programs).kinds
    #expect(
      found.map(\.kind)
        == ["matrix products", "element-wise passes", "copies", "outside the programs", "a unit of work"])
    #expect(found.map(\.seconds) == [5, 2.25, 0.75, 2, 10])
    #expect(found.map(\.share) == [0.5, 0.225, 0.075, 0.2, 1])
    // Quotients to three digits.
    func thousandths(_ values: [Double?]) -> [Double?] { values.map { $0.map { (1_000 * $0).rounded() } } }
    #expect(thousandths(found.map { $0.gigaflops.map { $0 * 1e9 } }) == [50_000, 16_000, 0, nil, 28_600])
    #expect(thousandths(found.map(\.shareOfPeak)) == [500, 160, 0, nil, 286])
  }

  @Test func programsOfImplicitMAMLHaveTheirRuns() throws {
    let benchmark = try Benchmark.select(["imaml"], from: Benchmark.standard)[0]
    let programs = try benchmark.programs?() ?? []
    // 16 inner steps and 5 of the solver for each of two chunks of tasks.
    #expect(programs.map(\.runs) == [1, 16, 1, 1, 5, 1] + [1, 16, 1, 1, 5, 1])
    #expect(programs.filter { $0.runs == 16 }.map(\.name) == ["inner step", "inner step"])
    #expect(programs.filter { $0.runs == 5 }.map(\.name) == ["step of the solver", "step of the solver"])
  }

  /// Every kernel says what it does in words: no type of the program is printed.
  @Test func labelsOfTheConvolutionalNetworkAreReadable() throws {
    let benchmark = try Benchmark.select(["omniglot-convolution"], from: Benchmark.standard)[0]
    let program = try #require(try benchmark.programs?()[0].program)
    let times = program.instructionTimes(repeats: 1)
    let labels = times.map(\.label)
    #expect(labels.contains("convolution 3x3 of 5 x 28 x 28 x 1, 64 filters: result"))
    #expect(labels.contains("moments of [980, 64]"))
    #expect(labels.filter { $0.contains("Kernel") || $0.contains("Copy") || $0.contains("unknown context") }.isEmpty)
    #expect(Set(times.map(\.kind)).isSuperset(of: [.product, .convolution, .pass, .sum, .other]))
  }

  /// A sum over one axis, a product and a pass: each counts what it executes.
  @Test func operationsAreThoseThatAreExecuted() {
    let arguments: [Tensor<Float>] = [.placeholder([2, 3]), .placeholder([3, 4])]
    let program = Program(for: arguments) { tanh(matmul($0[0], $0[1])).sum(axes: [0]) }.compiled
    let times = program.instructionTimes(repeats: 2) { 1 }
    #expect(times.map(\.operations) == [2 * 2 * 3 * 4, 2 * 4, 2 * 4])
    #expect(times.map(\.kind) == [.product, .pass, .sum])
    #expect(times.map(\.operations).reduce(0, +) == program.operationCount)
  }

  @Test func aBenchmarkWithoutProgramsHasNoBreakdown() throws {
    let benchmark = Benchmark(name: "", summary: "", threads: 1, measure: .seconds, shapes: "") { { 1 } }
    let found = try benchmark.timeBreakdown()
    #expect(found?.kinds == nil)
  }
}
