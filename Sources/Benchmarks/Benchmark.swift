public import Parts
import RandomStreams
public import TensorCore

/// A measurement that `metarl bench` knows by name. A value: the program's list of them is the registration.
public struct Benchmark: Sendable {
  /// What is reported of a repeat.
  public enum Measure: Sendable {
    /// Work a second: more is better. The unit names the work: "environment steps/s".
    case rate(unit: String)
    /// Wall-clock seconds: less is better.
    case seconds
    /// What a repeat returns, such as memory: less is better.
    case amount(unit: String)

    /// The unit of the numbers.
    public var unit: String {
      switch self {
      case .rate(let unit), .amount(let unit): unit
      case .seconds: "s"
      }
    }
  }

  /// As the user writes it.
  public let name: String
  /// A name that asks for this benchmark and others with it; nil where it stands alone.
  public let group: String?
  /// One line.
  public let summary: String
  /// Threads that the work uses.
  public let threads: Int
  /// What is reported.
  public let measure: Measure
  /// The sizes that the number holds for: "20 tasks x 40 episodes x 100 steps".
  public let shapes: String
  /// Repeats that count, after one that does not.
  public let repeats: Int
  /// Prepares the work, once, outside of the measured time. The closure that it returns does one repeat and returns how
  /// much work that was (for `.seconds` the number is not used).
  public let prepare: @Sendable () throws -> () throws -> Double
  /// The compiled programs of a unit of work and how often each runs; nil where the work is none of these.
  public var programs: (@Sendable () throws -> [(program: CompiledProgram<Float>, runs: Int)])?

  /// Creates a benchmark.
  public init(
    name: String, group: String? = nil, summary: String, threads: Int, measure: Measure, shapes: String,
    repeats: Int = 7,
    prepare: @escaping @Sendable () throws -> () throws -> Double
  ) {
    precondition(repeats >= 1, "benchmark \(name) needs at least one repeat, not \(repeats)")
    self.name = name
    self.group = group
    self.summary = summary
    self.threads = threads
    self.measure = measure
    self.shapes = shapes
    self.repeats = repeats
    self.prepare = prepare
  }

  /// Measures: one repeat to warm up, then the ones that count.
  public func run() throws -> BenchmarkResult {
    let work = try prepare()
    _ = try work()
    let clock = ContinuousClock()
    var values: [Double] = []
    for _ in 0..<repeats {
      let start = clock.now
      let amount = try work()
      let seconds = (clock.now - start) / .seconds(1)
      switch measure {
      case .rate: values.append(amount / max(seconds, 1e-9))
      case .seconds: values.append(seconds)
      case .amount: values.append(amount)
      }
    }
    return BenchmarkResult(
      self, values: values, operations: try operationCount(), peak: KernelChoice.current.measuredPeak())
  }

  /// The floating-point operations of a unit of work.
  private func operationCount() throws -> Double? {
    try programs?().reduce(0) { $0 + Double($1.program.operationCount * $1.runs) }
  }

  /// The benchmarks of the given names, or groups, in their order, or all where none is given.
  /// - Throws: `UserError` with the nearest name.
  public static func select(_ names: [String], from benchmarks: [Benchmark]) throws(UserError) -> [Benchmark] {
    guard !names.isEmpty else { return benchmarks }
    var selected: [Benchmark] = []
    for name in names {
      let found = benchmarks.filter { $0.name == name || $0.group == name }
      guard !found.isEmpty else {
        throw .unknownName("benchmark", name, known: benchmarks.map(\.name) + benchmarks.compactMap(\.group))
      }
      selected += found
    }
    return selected
  }
}

/// A row of `bench --json`; programs read these names.
public struct BenchmarkResult: Encodable, Equatable, Sendable {
  /// The name of the benchmark.
  public let name: String
  /// Threads that worked.
  public let threads: Int
  /// Repeats that count.
  public let repeats: Int
  /// The median of the repeats; the mean of the middle two where their number is even.
  public let median: Double
  /// The largest rate, or the smallest time or amount.
  public let best: Double
  /// The smallest rate, or the largest time or amount.
  public let worst: Double
  /// The unit of the median, the best and the worst number.
  public let unit: String
  /// The sizes that they hold for.
  public let shapes: String
  /// Floating-point operations a second at the median, in 10^9, an element-wise function counted as one; nil where the
  /// work is no compiled program.
  public let gigaflops: Double?
  /// The part that these are of what the threads' cores do at best: multiply-adds in registers, measured beside the work.
  public let shareOfPeak: Double?

  private enum CodingKeys: String, CodingKey {
    case name, threads, repeats, median, best, worst, unit, shapes, gigaflops
    case shareOfPeak = "share_of_peak"
  }

  /// - Parameters:
  ///   - operations: floating-point operations of a unit of work.
  ///   - peak: those that one core does in a second.
  init(_ benchmark: Benchmark, values: [Double], operations: Double? = nil, peak: Double = 0) {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    let isRate = if case .rate = benchmark.measure { true } else { false }
    name = benchmark.name
    threads = benchmark.threads
    repeats = sorted.count
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    best = isRate ? sorted[sorted.count - 1] : sorted[0]
    worst = isRate ? sorted[0] : sorted[sorted.count - 1]
    unit = benchmark.measure.unit
    shapes = benchmark.shapes
    let rate = isRate ? median : 1 / median
    gigaflops = operations.map { $0 * rate * 1e-9 }
    shareOfPeak = peak > 0 ? operations.map { $0 * rate / (peak * Double(benchmark.threads)) } : nil
  }
}

extension CompiledProgram<Float> {
  /// The time of each instruction on arguments of small normal numbers.
  public func instructionTimes() -> [InstructionTime] {
    var stream = RandomAddress(seed: 1, purpose: .benchmark).stream
    return instructionTimes(repeats: 50) { 0.1 * Float(stream.normal()) }
  }
}
