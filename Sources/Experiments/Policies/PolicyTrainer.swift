import Environments
import MetaLearning
import NeuralNetworks
import RandomStreams
import Rollouts
import TensorCore
import Workers

/// Meta-trains a policy: each iteration adapts it to a batch of tasks and moves it by the mean of their meta-gradients.
struct PolicyTrainer: MetaTrainer {
  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let pool: WorkerPool
  private let adapters: WorkerLocal<Result<TaskAdapter, any Error>>
  private let outer: OuterLoop
  private let outerSettings: PolicyOuterLoopSettings

  init(_ configuration: RunConfiguration) throws {
    let setup = try PolicySetup(configuration)
    let programs = PolicyPrograms(setup)
    self.setup = setup
    self.programs = programs
    pool = configuration.makeWorkerPool()
    adapters = WorkerLocal(pool) { Result { try TaskAdapter(setup, programs) } }
    outerSettings = configuration[PolicyOuterLoopSettings.self]
    let common = outerSettings.common
    outer = OuterLoop(
      setup.initialParameters, optimizer: common.optimizer.makeOptimizer(rate: common.rate), clip: common.clip,
      prefix: PolicySetup.checkpointPrefix)
  }

  mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let seed = UInt64(setup.configuration.run.seed)
    let tasks = sampleTasks(iteration)
    let (parameters, adapters) = (outer.parameters, adapters)
    let outcomes = try Divergence.explained(setup.configuration) {
      try pool.map(jobs: tasks.count) { task, worker in
        let address = RandomAddress(seed: seed, purpose: .actionNoise, iteration: iteration, task: task)
        return try adapters[worker].get().differentiate(parameters, on: tasks[task], at: address)
      }
    }
    let loss = try update(outcomes.compactMap(\.metaGradient), iteration: iteration)
    return metrics(outcomes, loss: loss)
  }

  /// The step size of the outer optimizer in an iteration: it falls linearly.
  private func outerRate(_ iteration: Int) -> Double {
    let progress = min(1, Double(iteration - 1) / Double(outerSettings.rateIterations))
    return outerSettings.common.rate + (outerSettings.finalRate - outerSettings.common.rate) * progress
  }

  private func sampleTasks(_ iteration: Int) -> [EnvironmentTask] {
    let distribution = setup.family.tasks
    let count = setup.sampling.metaBatchSize
    if setup.sampling.taskSampling == .balanced, !distribution.tasks.isEmpty {
      return (0..<count).map { distribution.tasks[$0 % distribution.tasks.count] }
    }
    let address = RandomAddress(
      seed: UInt64(setup.configuration.run.seed), purpose: .taskSampling, iteration: iteration)
    var stream = address.stream
    return (0..<count).map { _ in distribution.sample(from: &stream) }
  }

  /// Moves the parameters against the mean meta-gradient, added up in the order of the tasks.
  /// - Returns: the mean outer loss.
  private mutating func update(_ values: [TaskAdapter.MetaGradientValue], iteration: Int) throws -> Double {
    let share = Tensor<Float>(1 / Float(values.count))
    let gradients = values.map { $0.gradient.clipped(to: outerSettings.taskClip) }
    let mean = share * gradients.dropFirst().reduce(gradients[0], +)
    try Divergence.explained(setup.configuration) {
      try outer.step(against: mean, rate: outerRate(iteration), iteration: iteration)
    }
    return values.map { Double($0.loss) }.reduce(0, +) / Double(values.count)
  }

  private func metrics(_ outcomes: [TaskAdapter.Outcome], loss: Double) -> MetricsRow {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let after = outcomes.map { $0.returns[$0.returns.count - 1] }
    var values = [
      ("return_before", mean(outcomes.map { $0.returns[0] })), ("return_after", mean(after)),
    ]
    for task in setup.family.tasks.tasks {
      let own = zip(outcomes, after).filter { $0.0.task == task }.map(\.1)
      values.append(("return_after_\(task.name)", mean(own)))
    }
    let samplings = setup.stepCount + 1
    return MetricsRow(
      environmentSteps: outcomes.count * samplings * setup.size.timeSteps,
      values + [("loss", loss)] + setup.algorithm.adaptation.summary(of: outer.parameters))
  }
}

// Checkpoints.
extension PolicyTrainer {
  var checkpoint: CheckpointContents { outer.checkpoint }

  mutating func restore(_ checkpoint: CheckpointContents) throws { try outer.restore(checkpoint) }
}
