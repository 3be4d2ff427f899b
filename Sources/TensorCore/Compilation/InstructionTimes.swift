/// What one instruction of a program takes.
public struct InstructionTime: Sendable {
  /// What it does, with its sizes.
  public let label: String
  /// The mean of its runs.
  public let seconds: Double
}

extension Program {
  /// Runs the program `repeats` times on the arguments in `workspace`, clock in hand.
  ///
  /// The clock itself takes some 50 ns an instruction.
  public func instructionTimes(in workspace: Workspace<Scalar>, repeats: Int) -> [InstructionTime] {
    let clock = ContinuousClock()
    var total = Array(repeating: Duration.zero, count: tape.instructions.count)
    for _ in 0..<repeats {
      var start = clock.now
      for position in total.indices {
        Scalar.run(self, instructions: position..<position + 1, in: workspace)
        let end = clock.now
        total[position] += end - start
        start = end
      }
    }
    return zip(tape.labels, total).map { label, duration in
      InstructionTime(label: label, seconds: duration / .seconds(repeats))
    }
  }
}

extension FusedPass {
  /// The count and the names of the steps, then how operands are read.
  var label: String {
    let names = steps.map { step in
      ([step.function] + (step.second.map { [$0] } ?? [])).map { Elementwise(function: $0).name }.joined(separator: "+")
    }
    let kinds = loads.map { load in
      switch load {
      case .contiguous: "all"
      case .uniform: "1"
      case .periodic(_, let index): "row \(index.axes.map(\.size))"
      case .strided(_, let index): "part \(index.axes.map { [$0.size, $0.stride] })"
      }
    }
    return "pass \(count) /\(blockCount) -> \(stores.count): \(names.joined(separator: " ")) (\(kinds.joined(separator: ", ")))"
  }
}

extension Kernel {
  var label: String { "\(self)" }
}
