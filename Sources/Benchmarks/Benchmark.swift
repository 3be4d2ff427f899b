public import Parts
public import TensorCore

/// A measurement that `metarl bench` knows by name. The program's list of these values is the registration.
public struct Benchmark: Sendable {
  /// The quantity that is reported of a repeat.
  public enum Measure: Sendable {
    /// The rate of work a second: more is better. The unit names the work: "environment steps/s".
    case rate(unit: String)
    /// The wall-clock time in seconds: less is better.
    case seconds
    /// An amount that the repeat returns, such as memory: less is better.
    case amount(unit: String)

    /// The unit of the reported values.
    public var unit: String {
      switch self {
      case .rate(let unit), .amount(let unit): unit
      case .seconds: "s"
      }
    }
  }

  /// The name, as the user writes it.
  public let name: String
  /// A name that selects this benchmark together with others; nil for none.
  public let group: String?
  /// A one-line summary.
  public let summary: String
  /// The number of threads that the work uses.
  public let threads: Int
  /// The quantity that is reported.
  public let measure: Measure
  /// The sizes of the work, such as "20 tasks x 40 episodes x 100 steps".
  public let shapes: String
  /// The number of measured repeats, which follow one repeat that is not measured.
  public let repeats: Int
  /// Prepares the work once, outside of the measured time. The closure that it returns does one repeat and returns the
  /// amount of work (which `.seconds` does not use).
  public let prepare: @Sendable () throws -> () throws -> Double
  /// The compiled programs of a unit of work, and the number of runs of each; nil where the work is not a compiled
  /// program. The names are nil where all programs are of one sort.
  public var programs: (@Sendable () throws -> [(name: String?, program: CompiledProgram<Float>, runs: Int)])?

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

  /// Measures one warm-up repeat and then the repeats that count.
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

  /// The number of floating-point operations of a unit of work.
  private func operationCount() throws -> Double? {
    try programs?().reduce(0) { $0 + Double($1.program.operationCount * $1.runs) }
  }

  /// The benchmarks of the given names, or groups, in their order; all where none is given.
  /// - Parameters:
  ///   - names: names of benchmarks or of groups.
  ///   - benchmarks: the benchmarks to choose from.
  ///   - others: further names that a user may have meant.
  /// - Throws: `UserError` with the nearest name where a name is unknown.
  public static func select(
    _ names: [String], from benchmarks: [Benchmark], others: [String] = []
  ) throws(UserError) -> [Benchmark] {
    guard !names.isEmpty else { return benchmarks }
    var selected: [Benchmark] = []
    for name in names {
      let found = benchmarks.filter { $0.name == name || $0.group == name }
      guard !found.isEmpty else {
        throw .unknownName("benchmark", name, known: benchmarks.map(\.name) + benchmarks.compactMap(\.group) + others)
      }
      selected += found
    }
    return selected
  }
}

/// A row of `bench --json`, whose keys other programs read.
public struct BenchmarkResult: Encodable, Equatable, Sendable {
  /// The name of the benchmark.
  public let name: String
  /// The number of threads that worked.
  public let threads: Int
  /// The number of measured repeats.
  public let repeats: Int
  /// The median of the repeats; for an even number, the mean of the middle two.
  public let median: Double
  /// The largest rate, or the smallest time or amount.
  public let best: Double
  /// The smallest rate, or the largest time or amount.
  public let worst: Double
  /// The unit of the median, the best and the worst.
  public let unit: String
  /// The sizes of the work.
  public let shapes: String
  /// The kernels of the computations, such as `x86-64-v4+SkylakeX`.
  public let kernels: String
  /// The rate at the median in 10^9 floating-point operations a second, where an element-wise function counts as one; nil
  /// where the work is not a compiled program.
  public let gigaflops: Double?
  /// The rate as a share of the peak of the threads' cores: multiply-adds in registers, measured in the same run.
  public let shareOfPeak: Double?

  private enum CodingKeys: String, CodingKey {
    case name, threads, repeats, median, best, worst, unit, shapes, kernels, gigaflops
    case shareOfPeak = "share_of_peak"
  }

  /// - Parameters:
  ///   - operations: the number of floating-point operations of a unit of work.
  ///   - peak: the peak rate of one core, in floating-point operations a second.
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
    kernels = KernelChoice.fastest.name
    let rate = isRate ? median : 1 / median
    gigaflops = operations.map { $0 * rate * 1e-9 }
    shareOfPeak = peak > 0 ? operations.map { $0 * rate / (peak * Double(benchmark.threads)) } : nil
  }
}
