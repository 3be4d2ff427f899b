package import FewShotTasks
import MetaLearning
package import NeuralNetworks
import Parts
import RandomStreams
import Ranks
package import Runs
import TensorCore
package import Workers

/// Meta-trains a model on supervised tasks: each iteration draws a batch of tasks and updates the model by the mean of
/// their meta-gradients. A chunk of tasks is one run of one compiled program.
package struct SupervisedTrainer: MetaTrainer {
  private let setup: SupervisedSetup
  private let pool: WorkerPool
  private let ranks = Ranks.current
  private let chunks: TaskChunks
  /// The learners for each number of tasks in a chunk.
  private let learners: [Int: WorkerLocal<ChunkLearner>]
  private let outer: OuterLoop
  /// The statistics for evaluations that normalise by them; nil for others.
  private var statistics: BatchStatistics?

  /// - Parameters:
  ///   - makeOuterStep: makes the outer step; nil for that of the settings.
  ///   - recorder: notes the times of the run's work, where it has one worker; nil for nothing.
  package init(
    _ configuration: RunConfiguration, recorder: WorkRecorder? = nil,
    makeOuterStep: ((Parameters<Float>) -> any OuterStep)? = nil
  ) throws {
    let setup = try SupervisedSetup(configuration)
    let programs = SupervisedPrograms(setup)
    let pool = configuration.makeWorkerPool(recorder: recorder)
    let chunks = setup.trainingChunks
    self.setup = setup
    self.pool = pool
    self.chunks = chunks
    learners = Dictionary(
      uniqueKeysWithValues: Set(chunks.ranges.map(\.count)).map { tasks in
        (tasks, WorkerLocal(pool) { ChunkLearner(setup, programs, tasks: tasks) })
      })
    outer = OuterLoop(
      setup.initialParameters, prefix: SupervisedSetup.checkpointPrefix,
      makeStep: makeOuterStep ?? { configuration[OuterLoopSettings.self].makeStep(for: $0) })
    statistics = BatchStatistics(setup)
  }

  package var warnings: [String] { setup.task.warnings + Caution.lines(for: setup.configuration) }

  private static let recoveryResidual = "recovery_residual"

  /// The metrics that are watched. The formula of the implicit gradient holds at a fixed point of the recovery, and a step
  /// that still changes the solution by a tenth is not near one. Of 3,000 iterations with 20 steps of 0.1, those whose
  /// losses stay small leave 0.02 to 0.06, and those whose losses diverge leave 1.3 and more.
  package var watches: [MetricWatch] {
    [
      MetricWatch(
        column: Self.recoveryResidual, bound: 0.1,
        meaning: "the recovery has not converged, though the implicit meta-gradient takes it as converged; a smaller "
          + "inner_rate or more inner_steps may help")
    ]
  }

  package mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let address = address(iteration)
    return try iterate(iteration) { learner, parameters, _, tasks in
      learner.differentiate(parameters, at: address, from: tasks.lowerBound)
    }
  }

  /// Runs one meta-iteration on tasks that were drawn beforehand, a batch for each chunk.
  package mutating func iterate(_ iteration: Int, on batches: [TaskBatch]) throws -> MetricsRow {
    let address = address(iteration)
    return try iterate(iteration) { learner, parameters, chunk, tasks in
      learner.differentiate(parameters, on: batches[chunk], at: address, from: tasks.lowerBound)
    }
  }

  private func address(_ iteration: Int) -> RandomAddress {
    RandomAddress(seed: UInt64(setup.configuration.run.seed), purpose: .taskSampling, iteration: iteration)
  }

  /// - Parameter differentiate: computes the meta-gradient of a chunk from its learner, the meta-parameters, the chunk's
  ///   number and its tasks.
  private mutating func iterate(
    _ iteration: Int,
    _ differentiate:
      @escaping @Sendable (ChunkLearner, MetaParameters<Float>, Int, Range<Int>) -> ChunkLearner.MetaGradientValue
  ) throws -> MetricsRow {
    let configuration = setup.configuration
    let (pool, ranges, learners, ranks) = (pool, chunks.ranges, learners, ranks)
    func values(_ parameters: MetaParameters<Float>) throws -> [ChunkLearner.MetaGradientValue] {
      try ranks.map(jobs: ranges.count) { own in
        try pool.map(jobs: own.count) { job, worker in
          let chunk = own.lowerBound + job
          guard let learner = learners[ranges[chunk].count]?[worker] else {
            preconditionFailure("no learner was made for chunks of \(ranges[chunk].count) tasks")
          }
          return differentiate(learner, parameters, chunk, ranges[chunk])
        }
      }
    }
    let found = try values(outer.parameters)
    try checkFinite(found, iteration: iteration)
    let tasks = setup.sampling.metaBatchSize
    try Divergence.explained(configuration) {
      try outer.step(against: found.gradient(of: tasks), iteration: iteration) { parameters in
        let values = try values(parameters)
        return (values.mean(\.outerLoss, of: tasks), values.gradient(of: tasks))
      }
    }
    if let sums = found.statisticsSum { statistics?.update(with: sums, tasks: tasks) }
    return row(found)
  }

  private func row(_ values: [ChunkLearner.MetaGradientValue]) -> MetricsRow {
    func mean(_ sum: (ChunkLearner.MetaGradientValue) -> Float) -> Double {
      values.mean(sum, of: setup.sampling.metaBatchSize)
    }
    return MetricsRow(
      environmentSteps: 0,
      [("loss_before", mean(\.lossBefore)), ("loss_after", mean(\.lossAfter)), ("loss", mean(\.outerLoss))]
        + zip(["accuracy_before", "accuracy_after"], values[0].accuracies.indices).map { name, index in
          (name, mean { $0.accuracies[index] })
        } + residual("cg_residual", of: values, \.solverResidual)
        + residual(Self.recoveryResidual, of: values, \.recoveryResidual)
        + residual("inner_distance", of: values, \.innerDistance)
        + setup.algorithm.adaptation.summary(of: outer.parameters))
  }

  /// A column of the largest residual of all chunks, where they have any. NaN counts as the largest.
  private func residual(
    _ name: String, of values: [ChunkLearner.MetaGradientValue], _ residual: (ChunkLearner.MetaGradientValue) -> Float?
  ) -> [(name: String, value: Double)] {
    let residuals = values.compactMap(residual)
    return residuals.isEmpty ? [] : [(name, Double(residuals.reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 }))]
  }

  /// Checks the losses too: a meta-gradient may be finite where the losses are not, since that of a reference line does
  /// not depend on the adaptation.
  private func checkFinite(_ values: [ChunkLearner.MetaGradientValue], iteration: Int) throws(UserError) {
    for value in values {
      let losses = [("loss_before", value.lossBefore), ("loss_after", value.lossAfter), ("loss", value.outerLoss)]
      if iteration == 1, !value.lossBefore.isFinite {
        throw UserError(
          "loss_before is not a finite number at iteration 1, before anything was learned: expected finite examples of "
            + "\(setup.configuration.taskName), found some that are not, or too large", status: .malformedData)
      }
      for (name, loss) in losses where !loss.isFinite {
        throw Divergence.error("\(name) is not a finite number at iteration \(iteration)", setup.configuration)
      }
    }
  }

  package var checkpoint: CheckpointContents {
    var checkpoint = outer.checkpoint
    checkpoint.tensors += statistics?.namedArrays ?? []
    return checkpoint
  }

  package mutating func restore(_ checkpoint: CheckpointContents) throws {
    try outer.restore(checkpoint)
    try statistics?.restore(checkpoint)
  }

  package var learnedPrefixes: [String] { [SupervisedSetup.checkpointPrefix, BatchStatistics.checkpointPrefix] }
}

extension [ChunkLearner.MetaGradientValue] {
  /// The mean over `tasks` tasks of a value of which each chunk has the sum.
  fileprivate func mean(_ sum: (Element) -> Float, of tasks: Int) -> Double {
    map { Double(sum($0)) }.reduce(0, +) / Double(tasks)
  }

  /// The mean gradient over `tasks` tasks: the chunks' sums are added in the order of the chunks.
  fileprivate func gradient(of tasks: Int) -> [Float] {
    var sum = self[0].gradient
    for value in dropFirst() { sum.update(with: value.gradient) { $0 + $1 } }
    let share = 1 / Float(tasks)
    sum.update { $0 * share }
    return sum
  }

  /// The sum over all chunks of their statistics; nil where they have none.
  fileprivate var statisticsSum: Parameters<Float>? {
    let sums = compactMap { $0.statistics }
    return sums.first.map { sums.dropFirst().reduce($0) { $0.combined(with: $1, +) } }
  }
}
