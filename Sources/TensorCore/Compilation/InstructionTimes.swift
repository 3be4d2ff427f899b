/// The time that one instruction of a program takes; for an instruction in row tiles, all tiles together.
public struct InstructionTime: Sendable {
  /// A readable description of the instruction, with its sizes.
  public let label: String
  /// The floating-point operations of the instruction. An element-wise function counts as one.
  public let operations: Int
  /// The mean time of a run, in seconds.
  public let seconds: Double
}

extension CompiledProgram {
  /// The floating-point operations of one run of the program. An element-wise function counts as one.
  public var operationCount: Int { bytecode.operationCounts.reduce(0, +) }

  /// Runs the program `repeats` times with a clock around every instruction, on arguments whose elements `element` gives.
  ///
  /// The clock itself takes some 50 ns for each instruction. A few runs before the measured ones are not counted.
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
    var total = Array(repeating: Duration.zero, count: bytecode.labels.count)
    for _ in 0..<repeats {
      var start = clock.now
      for (position, unit) in bytecode.unitOf.enumerated() {
        execute(position..<position + 1, in: memory)
        let end = clock.now
        total[unit] += end - start
        start = end
      }
    }
    return total.enumerated().map { unit, duration in
      InstructionTime(
        label: bytecode.labels[unit], operations: bytecode.operationCounts[unit], seconds: duration / .seconds(repeats))
    }
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
    case nil: "\(self)"
    }
  }
}

extension ProductPlan {
  fileprivate var label: String {
    let batch = self.batch == 1 ? "" : "\(self.batch) products "
    return batch
      + "[\(rows), \(inner)]\(transposesLeft ? "^T" : "") x [\(inner), \(columns)]\(transposesRight ? "^T" : "")"
      + (outStride == 0 && self.batch > 1 ? ", summed" : "")
  }
}
