/// The time that one instruction of a program takes; for an instruction in row tiles, all tiles together.
public struct InstructionTime: Encodable, Sendable {
  /// The kinds of work that an instruction can be.
  public enum Kind: String, CaseIterable, Encodable, Sendable {
    case product = "matrix products"
    case convolution = "convolutions"
    case pass = "element-wise passes"
    case sum = "sums"
    case copy = "copies"
    case other = "other kernels"
  }

  /// A readable description of the instruction, with its sizes.
  public let label: String
  /// The kind of its work. Moments, running sums and maxima are sums.
  public let kind: Kind
  /// The floating-point operations that the instruction executes. An element-wise function counts as one.
  public let operations: Int
  /// The time in the fastest of the measured runs, in seconds.
  public let seconds: Double

  package init(label: String, kind: Kind, operations: Int, seconds: Double) {
    self.label = label
    self.kind = kind
    self.operations = operations
    self.seconds = seconds
  }
}

extension CompiledProgram {
  /// The floating-point operations of one run of the program. An element-wise function counts as one.
  public var operationCount: Int { bytecode.operationCounts.reduce(0, +) }

  /// Runs the program `repeats` times with a clock around every instruction, and as often without, on arguments whose
  /// elements `element` gives.
  ///
  /// The times are those of the fastest run with clocks, less what a clock takes, scaled to the fastest run without. A few
  /// runs before the measured ones are not counted.
  public func instructionTimes(repeats: Int, element: () -> Scalar = { 0 }) -> [InstructionTime] {
    let memory = ProgramMemory(for: self)
    for (offset, shape) in zip(argumentOffsets, argumentShapes) {
      for index in 0..<shape.count { memory.buffers[offset + index] = element() }
    }
    for _ in 0..<repeats / 10 { run(in: memory) }
    return instructionTimes(in: memory, repeats: repeats)
  }

  func instructionTimes(in memory: ProgramMemory<Scalar>, repeats: Int) -> [InstructionTime] {
    let clock = ContinuousClock()
    var (plain, fastest) = (Duration.seconds(1_000_000), Duration.seconds(1_000_000))
    var times: [Duration] = []
    // In turn, so that both see the same clock frequency.
    for _ in 0..<repeats {
      plain = min(plain, clock.measure { run(in: memory) })
      let (now, duration) = clockedRun(in: memory, clock)
      if duration < fastest { (times, fastest) = (now, duration) }
    }
    let seconds = scaled(times.map { $0 / .seconds(1) }, to: plain / .seconds(1), clock)
    return zip(seconds, kinds).enumerated().map { unit, found in
      InstructionTime(
        label: bytecode.labels[unit], kind: found.1, operations: bytecode.operationCounts[unit], seconds: found.0)
    }
  }

  /// The time of each unit in one run, and that of all.
  private func clockedRun(in memory: ProgramMemory<Scalar>, _ clock: ContinuousClock) -> ([Duration], Duration) {
    var times = Array(repeating: Duration.zero, count: bytecode.labels.count)
    let first = clock.now
    var start = first
    for (position, unit) in bytecode.unitOf.enumerated() {
      execute(position..<position + 1, in: memory)
      let end = clock.now
      times[unit] += end - start
      start = end
    }
    return (times, start - first)
  }

  /// Takes from the time of each unit what the clock took, and scales the rest so that the sum is `whole`.
  private func scaled(_ times: [Double], to whole: Double, _ clock: ContinuousClock) -> [Double] {
    let cost = (0..<1_000).map { _ in clock.measure {} }.min().map { $0 / .seconds(1) } ?? 0
    var rest = times
    for unit in bytecode.unitOf { rest[unit] = max(0, rest[unit] - cost) }
    let sum = rest.reduce(0, +)
    return sum > 0 ? rest.map { $0 * whole / sum } : times
  }

  /// The kind of each unit.
  private var kinds: [InstructionTime.Kind] {
    var kinds = Array(repeating: InstructionTime.Kind.other, count: bytecode.labels.count)
    for (instruction, unit) in zip(bytecode.instructions, bytecode.unitOf) {
      kinds[unit] =
        switch instruction {
        case .pass: .pass
        case .product: .product
        case .sum, .partialSum: .sum
        case .copy, .call: .copy
        case .kernel(let call): bytecode.kernels[call].kind
        }
    }
    return kinds
  }
}

extension FusedPass {
  var operationCount: Int { count * steps.reduce(0) { $0 + ($1.second == nil ? 1 : 2) } }

  /// The number of steps and their names, then how the operands are read.
  var label: String {
    let names = steps.map { step in
      ([step.function] + (step.second.map { [$0] } ?? [])).map(\.name).joined(separator: "+")
    }
    let kinds = loads.map { load in
      switch load {
      case .contiguous: "all"
      case .uniform: "1"
      case .periodic(_, let index): "rows of \(index.period ?? 0)"
      case .strided(_, let index): "axes " + index.axes.map { "\($0.size):\($0.stride)" }.joined(separator: " ")
      }
    }
    return
      "pass of \(count), \(blockCount) a block: \(names.joined(separator: " ")) of \(kinds.joined(separator: ", "))"
      + (stores.count == 1 ? "" : ", \(stores.count) results")
  }
}

extension Kernel {
  var label: String {
    switch plain {
    case .product(let plan): plan.label
    case .sum(let outer, let reduced, let inner): "sum of [\(outer), \(reduced), \(inner)] over the middle"
    case nil: String(describing: Self.self)
    }
  }

  var kind: InstructionTime.Kind {
    switch plain {
    case .product: .product
    case .sum: .sum
    case nil: .other
    }
  }
}

/// The sizes that are not 1, as text.
func sizesWithoutOnes(_ sizes: [Int]) -> String { "\(sizes.filter { $0 != 1 })" }

/// The label of a copy from strided elements, without axes of size 1.
func stridedCopyLabel(sizes: [Int], strides: [Int]) -> String {
  let axes = zip(sizes, strides).filter { $0.0 != 1 }
  let steps = axes.map(\.1)
  return "copy of \(axes.map(\.0)) from " + (steps.count == 1 ? "stride \(steps[0])" : "strides \(steps)")
}

extension ProductPlan {
  fileprivate var label: String {
    let batch = self.batch == 1 ? "" : "\(self.batch) products "
    return batch
      + "[\(rows), \(inner)]\(transposesLeft ? "^T" : "") x [\(inner), \(columns)]\(transposesRight ? "^T" : "")"
      + (outStride == 0 && self.batch > 1 ? ", summed" : "")
  }
}
