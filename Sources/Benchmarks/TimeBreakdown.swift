import RandomStreams
public import TensorCore

/// Where the time of a unit of a benchmark's work goes: instruction by instruction, and by kind. The kinds' times sum to the
/// measured time of the unit.
public struct TimeBreakdown: Encodable, Sendable {
  /// The instructions of a compiled program.
  public struct ProgramTimes: Encodable, Sendable {
    /// The name of the program; nil where a benchmark has programs of one sort.
    public let name: String?
    /// The number of runs of the program in a unit of work.
    public let runs: Int
    /// The instructions of one run.
    public internal(set) var instructions: [InstructionTime]

    /// The time of one run, in seconds.
    public var seconds: Double { instructions.totalSeconds }
  }

  /// A row of the table by kind.
  public struct Row: Encodable, Equatable, Sendable {
    /// The kind of work.
    public let kind: String
    /// The time in a unit of work, in seconds.
    public let seconds: Double
    /// The share of the time of the unit.
    public let share: Double
    /// The rate in 10^9 floating-point operations a second; nil outside of the programs.
    public let gigaflops: Double?
    /// The rate as a share of a core's peak; nil outside of the programs.
    public let shareOfPeak: Double?

    private enum CodingKeys: String, CodingKey {
      case kind, seconds, share, gigaflops
      case shareOfPeak = "share_of_peak"
    }
  }

  /// The name of the benchmark.
  public let name: String
  /// The number of threads that worked.
  public let threads: Int
  /// The time of a unit of work, in seconds, of all threads together: that of the clock times their number.
  public let seconds: Double
  /// The compiled programs.
  public let programs: [ProgramTimes]
  /// The kinds that occur, then the time outside of the programs and that of the whole unit.
  public let kinds: [Row]

  /// The name of the row for what is not in a program: copies of inputs and outputs, optimizers, threads that wait.
  package static let outside = "outside the programs"
  /// The name of the last row.
  package static let whole = "a unit of work"

  /// - Parameters:
  ///   - seconds: the time of a unit of work on all threads together.
  ///   - peak: the peak rate of one core, in floating-point operations a second.
  package init(name: String, threads: Int, seconds: Double, peak: Double, programs: [ProgramTimes]) {
    self.name = name
    self.threads = threads
    self.seconds = seconds
    self.programs = programs
    func row(_ kind: String, _ time: Double, operations: Double?) -> Row {
      let rate = operations.map { $0 / max(time, 1e-12) }
      return Row(
        kind: kind, seconds: time, share: time / seconds, gigaflops: rate.map { $0 * 1e-9 },
        shareOfPeak: rate.map { $0 / peak })
    }
    let all = programs.flatMap { program in program.instructions.map { (program.runs, $0) } }
    func sum(_ chosen: [(Int, InstructionTime)]) -> (seconds: Double, operations: Double) {
      chosen.reduce((0, 0)) { ($0.0 + Double($1.0) * $1.1.seconds, $0.1 + Double($1.0 * $1.1.operations)) }
    }
    let rows = InstructionTime.Kind.allCases.compactMap { kind -> Row? in
      let chosen = all.filter { $0.1.kind == kind }
      guard !chosen.isEmpty else { return nil }
      let (time, operations) = sum(chosen)
      return row(kind.rawValue, time, operations: operations)
    }
    let (time, operations) = sum(all)
    kinds =
      rows + [
        row(Self.outside, seconds - time, operations: nil), row(Self.whole, seconds, operations: operations),
      ]
  }
}

extension Benchmark {
  /// Measures the work and the instructions of its compiled programs in turn, as often as the benchmark is repeated. The
  /// fastest repeat of each counts, since other programs on the machine only add time.
  /// - Returns: nil where the work is not a compiled program.
  public func timeBreakdown() throws -> TimeBreakdown? {
    guard let programs = try programs?() else { return nil }
    let work = try prepare()
    _ = try work()
    let clock = ContinuousClock()
    var fastest = Double.infinity
    var times = programs.map { name, program, runs in
      TimeBreakdown.ProgramTimes(name: name, runs: runs, instructions: program.instructionTimes())
    }
    for _ in 0..<repeats {
      let start = clock.now
      let amount = try work()
      let seconds = (clock.now - start) / .seconds(1)
      if case .rate = measure { fastest = min(fastest, seconds / amount) } else { fastest = min(fastest, seconds) }
      for (number, program) in programs.enumerated() {
        let again = program.program.instructionTimes()
        if again.totalSeconds < times[number].seconds { times[number].instructions = again }
      }
    }
    return TimeBreakdown(
      name: name, threads: threads, seconds: fastest * Double(threads), peak: KernelChoice.current.measuredPeak(),
      programs: times)
  }
}

extension [InstructionTime] {
  fileprivate var totalSeconds: Double { reduce(0) { $0 + $1.seconds } }
}

extension CompiledProgram<Float> {
  /// The time of each instruction on arguments whose elements are small normal numbers.
  fileprivate func instructionTimes() -> [InstructionTime] {
    var stream = Benchmark.address().stream
    return instructionTimes(repeats: 50) { 0.1 * Float(stream.normal()) }
  }
}
