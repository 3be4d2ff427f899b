import FewShotTasks
import MetaLearning
import Parts
import RandomStreams
import Runs
import TensorCore
import Training
import Workers

// Meta-iterations of supervised runs on batches that were drawn beforehand, comparable with measurements of other
// toolkits.
extension Benchmark {
  /// MAML on sinusoids for several numbers of tasks and inner steps, and implicit MAML.
  static let supervised: [Benchmark] =
    [(25, 1), (25, 5), (4, 1)].map { sinusoidMAML(tasks: $0, steps: $1) }
    + [sinusoidMAML(tasks: 25, steps: 1, workers: cores, suffix: "-workers"), implicitMAML]

  /// The number of batches drawn beforehand, which are used in turn.
  private static let batchCount = 64
  /// The number of meta-iterations in a repeat.
  private static let iterations = 256

  /// MAML with exact second-order meta-gradients through `steps` inner steps at 0.01, and Adam at 0.001.
  private static func sinusoidMAML(tasks: Int, steps: Int, workers: Int = 1, suffix: String = "") -> Benchmark {
    var benchmark = Benchmark(
      name: "sinusoid-maml-\(tasks)x\(steps)\(suffix)",
      summary:
        "meta-iterations of MAML on \(tasks) sinusoids, inner steps: \(steps), \(workers == 1 ? "" : "all cores, ")"
        + "exact second order, Adam; losses before and after included",
      threads: workers, measure: .rate(unit: "meta-iterations/s"),
      shapes: "\(tasks.counted("task")) x (10 + 10) examples, \(steps.counted("inner step")), 1-40-40-1 ReLU",
      prepare: { try metaIterations(sinusoids(tasks: tasks, ["inner_steps=\(steps)", "workers=\(workers)"])) })
    benchmark.programs = { try unrolledPrograms(sinusoids(tasks: tasks, ["inner_steps=\(steps)"])) }
    return benchmark
  }

  /// The programs of a run's unrolled meta-gradients, one for each size of a chunk of tasks.
  static func unrolledPrograms(
    _ configuration: RunConfiguration
  ) throws -> [(name: String?, program: CompiledProgram<Float>, runs: Int)] {
    let setup = try SupervisedSetup(configuration)
    let programs = SupervisedPrograms(setup)
    let sizes = setup.trainingChunks.ranges.map(\.count)
    return Set(sizes).sorted().compactMap { size in
      guard case .unrolled(let program) = programs.metaGradient(tasks: size) else { return nil }
      return (nil, program.compiled, sizes.count { $0 == size })
    }
  }

  private static func sinusoids(tasks: Int, _ settings: [String]) throws -> RunConfiguration {
    try configuration(["task=sinusoid-phase", "meta_batch_size=\(tasks)", "workers=1"] + settings)
  }

  /// Implicit MAML after 16 steps at 0.01 with lambda 2, by 5 steps of conjugate gradients, and Adam at 0.001.
  private static let implicitMAML: Benchmark = {
    let (tasks, steps) = (25, 16)
    let settings = [
      "algorithm=\(IMAML().card.name)", "inner_rate=0.01", "inner_steps=\(steps)", "regularization=2", "cg_steps=5",
    ]
    var benchmark = Benchmark(
      name: IMAML().card.name,
      summary: "meta-iterations of implicit MAML on sinusoids, Adam; losses before and after included",
      threads: 1, measure: .rate(unit: "meta-iterations/s"),
      shapes:
        "\(tasks.counted("task")) x (10 + 10) examples, \(steps.counted("inner step")), 5 CG steps, 1-40-40-1 ReLU",
      prepare: { try metaIterations(sinusoids(tasks: tasks, settings)) })
    benchmark.programs = {
      let setup = try SupervisedSetup(sinusoids(tasks: tasks, settings))
      let programs = SupervisedPrograms(setup)
      return setup.trainingChunks.ranges.flatMap { chunk in
        guard case .implicit(let programs) = programs.metaGradient(tasks: chunk.count) else {
          preconditionFailure("the meta-gradient of \(IMAML().card.name) is not implicit")
        }
        return programs.runs(steps: steps).map { ($0.name, $0.program, $0.runs) }
      }
    }
    return benchmark
  }()

  /// 25 sinusoids, with one inner step and with five.
  static let scalingOfSupervised: [ScalingBenchmark] = [1, 5].map { steps in
    ScalingBenchmark(
      single: sinusoidMAML(tasks: 25, steps: steps), runs: 9, iterations: iterations,
      prepare: { workers, recorder in
        let run = try metaIterations(
          sinusoids(tasks: 25, ["inner_steps=\(steps)", "workers=\(workers)"]), recorder: recorder)
        return { _ = try run() }
      })
  }

  /// Meta-iterations of a run, on batches that were drawn beforehand.
  static func metaIterations(
    _ configuration: RunConfiguration, iterations: Int = iterations, batchCount: Int = batchCount,
    recorder: WorkRecorder? = nil
  ) throws -> () throws -> Double {
    let setup = try SupervisedSetup(configuration)
    let batches = setup.trainingChunks.batches(of: setup, count: batchCount)
    var trainer = try SupervisedTrainer(configuration, recorder: recorder)
    var iteration = 0
    return {
      for _ in 0..<iterations {
        iteration += 1
        _ = try trainer.iterate(iteration, on: batches[iteration % batchCount])
      }
      return Double(iterations)
    }
  }
}

extension TaskChunks {
  /// Meta-batches of a benchmark, each of which is an array over the chunks.
  fileprivate func batches(of setup: SupervisedSetup, count: Int) -> [[TaskBatch]] {
    (0..<count).map { number in
      ranges.map { range in
        var batch = TaskBatch(
          of: setup.task.distribution, tasks: range.count, shots: setup.supportRows, queries: setup.queryRows)
        batch.fill(at: RandomAddress(seed: 1, purpose: .benchmark, iteration: number), from: range.lowerBound)
        return batch
      }
    }
  }
}
