import Parts
import FewShotTasks
import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore
import Workers

/// Meta-trains a model on supervised tasks: each iteration draws a batch of them and moves the model by the mean of their
/// meta-gradients. A chunk of tasks is one run of one compiled program.
struct SupervisedTrainer: MetaTrainer {
  private let setup: SupervisedSetup
  private let pool: WorkerPool
  private let chunks: TaskChunks
  /// By the number of tasks in a chunk.
  private let learners: [Int: WorkerLocal<ChunkLearner>]
  private let outer: OuterLoop
  private let outerSettings: OuterLoopSettings
  /// Where evaluations are to normalise by them.
  private var statistics: BatchStatistics?

  init(_ configuration: RunConfiguration) throws {
    let setup = try SupervisedSetup(configuration)
    let programs = SupervisedPrograms(setup)
    let pool = configuration.makeWorkerPool()
    let chunks = setup.chunks(of: setup.sampling.metaBatchSize)
    self.setup = setup
    self.pool = pool
    self.chunks = chunks
    learners = Dictionary(
      uniqueKeysWithValues: Set(chunks.ranges.map(\.count)).map { tasks in
        (tasks, WorkerLocal(pool) { ChunkLearner(setup, programs, tasks: tasks) })
      })
    outerSettings = configuration[OuterLoopSettings.self]
    outer = OuterLoop(
      setup.initialParameters, optimizer: outerSettings.optimizer.makeOptimizer(rate: outerSettings.rate),
      clip: outerSettings.clip, prefix: SupervisedSetup.checkpointPrefix)
    statistics = BatchStatistics(setup)
  }

  var warnings: [String] { setup.task.warnings }

  private static let recoveryResidual = "recovery_residual"

  /// The formula of the implicit gradient holds at a fixed point of the recovery. Where a step still moves the solution by a
  /// tenth it is not near one: of 3,000 iterations with 20 steps of 0.1 those whose losses stay small leave 0.02 to 0.06, and
  /// those whose losses run away 1.3 and more.
  var watches: [MetricWatch] {
    [
      MetricWatch(
        column: Self.recoveryResidual, bound: 0.1,
        meaning: "the recovery has not converged, though the implicit meta-gradient takes it as converged; a smaller "
          + "inner_rate or more inner_steps may help")
    ]
  }

  mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let address = address(iteration)
    return try iterate(iteration) { learner, parameters, _, tasks in
      learner.differentiate(parameters, at: address, from: tasks.lowerBound)
    }
  }

  /// Runs one meta-iteration on tasks that were drawn beforehand, a batch for each chunk.
  mutating func iterate(_ iteration: Int, on batches: [TaskBatch]) throws -> MetricsRow {
    let address = address(iteration)
    return try iterate(iteration) { learner, parameters, chunk, tasks in
      learner.differentiate(parameters, on: batches[chunk], at: address, from: tasks.lowerBound)
    }
  }

  private func address(_ iteration: Int) -> RandomAddress {
    RandomAddress(seed: UInt64(setup.configuration.run.seed), purpose: .taskSampling, iteration: iteration)
  }

  /// - Parameter differentiate: gives the meta-gradient of a chunk by its learner, the meta-parameters, the chunk's number
  ///   and its tasks.
  private mutating func iterate(
    _ iteration: Int,
    _ differentiate:
      @Sendable (ChunkLearner, Parameters<Float>, Int, Range<Int>) -> ChunkLearner.MetaGradientValue
  ) throws -> MetricsRow {
    let configuration = setup.configuration
    let (parameters, ranges, learners) = (outer.parameters, chunks.ranges, learners)
    let values = try pool.map(jobs: ranges.count) { chunk, worker in
      guard let learner = learners[ranges[chunk].count]?[worker] else {
        preconditionFailure("no learner was made for chunks of \(ranges[chunk].count) tasks")
      }
      return differentiate(learner, parameters, chunk, ranges[chunk])
    }
    try checkFinite(values, iteration: iteration)
    try Divergence.explained(configuration) {
      try outer.step(against: meanGradient(values), rate: outerSettings.rate, iteration: iteration)
    }
    let tasks = setup.sampling.metaBatchSize
    if let sums = sum(values.compactMap(\.statistics)) {
      statistics?.update(with: sums, tasks: tasks)
    }
    func mean(_ sum: (ChunkLearner.MetaGradientValue) -> Float) -> Double {
      values.map { Double(sum($0)) }.reduce(0, +) / Double(setup.sampling.metaBatchSize)
    }
    return MetricsRow(
      environmentSteps: 0,
      [("loss_before", mean(\.lossBefore)), ("loss_after", mean(\.lossAfter)), ("loss", mean(\.outerLoss))]
        + zip(["accuracy_before", "accuracy_after"], values[0].accuracies.indices).map { name, index in
          (name, mean { $0.accuracies[index] })
        } + residual("cg_residual", of: values, \.solverResidual)
        + residual(Self.recoveryResidual, of: values, \.recoveryResidual)
        + setup.algorithm.adaptation.summary(of: outer.parameters))
  }

  /// A column of the worst residual of all chunks, where they have any. NaN is worse than any.
  private func residual(
    _ name: String, of values: [ChunkLearner.MetaGradientValue], _ residual: (ChunkLearner.MetaGradientValue) -> Float?
  ) -> [(name: String, value: Double)] {
    let residuals = values.compactMap(residual)
    return residuals.isEmpty ? [] : [(name, Double(residuals.reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 }))]
  }

  /// A meta-gradient may be finite where the losses are not: a reference line's has nothing to do with the adaptation.
  private func checkFinite(_ values: [ChunkLearner.MetaGradientValue], iteration: Int) throws(UserError) {
    for value in values {
      let losses = [("loss_before", value.lossBefore), ("loss_after", value.lossAfter), ("loss", value.outerLoss)]
      for (name, loss) in losses where !loss.isFinite {
        throw Divergence.error("\(name) is not a finite number at iteration \(iteration)", setup.configuration)
      }
    }
  }

  /// Over all tasks.
  private func meanGradient(_ values: [ChunkLearner.MetaGradientValue]) -> Parameters<Float> {
    sum(values.map(\.gradient), times: 1 / Float(setup.sampling.metaBatchSize)) ?? outer.parameters.zeros
  }

  /// Added up in the order of the chunks; nil of none.
  private func sum(_ chunks: [Parameters<Float>], times share: Float = 1) -> Parameters<Float>? {
    chunks.first?.replacingTensors(
      chunks[0].tensors.indices.map { index in
        var sum = chunks[0].tensors[index].scalars
        for chunk in chunks.dropFirst() { sum.update(with: chunk.tensors[index].scalars) { $0 + $1 } }
        if share != 1 { sum.update { $0 * share } }
        return Tensor(shape: chunks[0].tensors[index].shape, scalars: sum)
      })
  }

  var checkpoint: CheckpointContents {
    var checkpoint = outer.checkpoint
    checkpoint.tensors += statistics?.namedArrays ?? []
    return checkpoint
  }

  mutating func restore(_ checkpoint: CheckpointContents) throws {
    try outer.restore(checkpoint)
    try statistics?.restore(checkpoint)
  }
}

// Whole arrays at once, without a check at every element: a small network's meta-step is a few microseconds.
extension [Float] {
  fileprivate mutating func update(_ transform: (Float) -> Float) {
    withUnsafeMutableBufferPointer { buffer in
      for index in buffer.indices { buffer[index] = transform(buffer[index]) }
    }
  }

  /// `other` has as many elements.
  fileprivate mutating func update(with other: [Float], _ combine: (Float, Float) -> Float) {
    precondition(other.count == count, "\(other.count) numbers cannot be joined with \(count)")
    withUnsafeMutableBufferPointer { buffer in
      other.withUnsafeBufferPointer { other in
        for index in buffer.indices { buffer[index] = combine(buffer[index], other[index]) }
      }
    }
  }
}
