import MetaLearning
import Parts

// The memory in which one worker differentiates a chunk of tasks. Buffers are planned when a program is compiled, so that
// the number is exact and the same on every machine (iMAML, figure 2b).
extension Benchmark {
  /// The memory of MAML and implicit MAML on sinusoids for numbers of inner steps: that of MAML grows in proportion, that
  /// of implicit MAML does not grow.
  static let memory: [Benchmark] = [MAML().card.name, IMAML().card.name].flatMap { algorithm in
    [1, 4, 16, 64].map { memory(of: algorithm, steps: $0) }
  }

  private static let tasks = 25

  private static func memory(of algorithm: String, steps: Int) -> Benchmark {
    Benchmark(
      name: "memory-\(algorithm)-\(steps)", group: "memory",
      summary: "buffers of one worker's meta-gradient by \(algorithm) through \(steps) inner steps", threads: 1,
      measure: .amount(unit: "MiB"),
      shapes: "\(tasks.counted("task")) x (10 + 10) examples, \(steps.counted("inner step")), 1-40-40-1 ReLU",
      repeats: 1,
      prepare: {
        let bytes = try metaGradientBytes(of: algorithm, steps: steps)
        return { Double(bytes) / 1_048_576 }
      })
  }

  /// The memory of the meta-gradient's programs, in bytes.
  static func metaGradientBytes(of algorithm: String, steps: Int) throws -> Int {
    let configuration = try configuration(
      ["task=sinusoid-phase", "algorithm=\(algorithm)", "inner_steps=\(steps)"])
    return try MeasuredMetaGradient(configuration, tasks: tasks).workspaceBytes
  }
}
