import Environments
import MetaLearning
package import NeuralNetworks
import Parts
import RandomStreams
import Rollouts
package import Runs
import TensorCore
import Workers

/// Meta-trains a policy: each iteration adapts it to a batch of tasks and updates it by the mean of their meta-gradients.
package struct PolicyTrainer: MetaTrainer {
  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let pool: WorkerPool
  private let adapters: WorkerLocal<Result<TaskAdapter, any Error>>
  private let outer: OuterLoop
  private let taskClip: Double

  /// - Parameter makeOuterStep: makes the outer step; nil for that of the settings.
  package init(
    _ configuration: RunConfiguration, makeOuterStep: ((Parameters<Float>) -> any OuterStep)? = nil
  ) throws {
    let setup = try PolicySetup(configuration)
    let programs = PolicyPrograms(setup)
    self.setup = setup
    self.programs = programs
    pool = configuration.makeWorkerPool()
    adapters = WorkerLocal(pool) { Result { try TaskAdapter(setup, programs) } }
    let settings = configuration[PolicyOuterLoopSettings.self]
    taskClip = settings.taskClip
    outer = OuterLoop(
      setup.initialParameters, prefix: PolicySetup.checkpointPrefix,
      makeStep: makeOuterStep ?? { settings.makeStep(for: $0) })
  }

  package mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let seed = UInt64(setup.configuration.run.seed)
    let tasks = try sampleTasks(iteration)
    let (parameters, adapters, keepsSamples) = (outer.parameters, adapters, outer.evaluatesLosses)
    let outcomes = try Divergence.explained(setup.configuration) {
      try pool.map(jobs: tasks.count) { task, worker in
        let address = RandomAddress(seed: seed, purpose: .actionNoise, iteration: iteration, task: task)
        return try adapters[worker].get().differentiate(
          parameters, on: tasks[task], at: address, keepingSamples: keepsSamples)
      }
    }
    let loss = try update(outcomes.compactMap(\.metaGradient), iteration: iteration)
    return metrics(outcomes, loss: loss)
  }

  private func sampleTasks(_ iteration: Int) throws(UserError) -> [EnvironmentTask] {
    let distribution = setup.family.tasks
    let count = setup.sampling.metaBatchSize
    if setup.sampling.taskSampling == .balanced, !distribution.tasks.isEmpty {
      // Where the number of tasks is not a divisor of the batch, the next iteration continues where this one ends.
      // Where there are more tasks than a batch takes, the next iteration goes on where this one ends.
      let first = distribution.tasks.count > count ? (iteration - 1) * count : 0
      return (first..<first + count).map { distribution.tasks[$0 % distribution.tasks.count] }
    }
    let address = RandomAddress(
      seed: UInt64(setup.configuration.run.seed), purpose: .taskSampling, iteration: iteration)
    var stream = address.stream
    return try (0..<count).map { _ throws(UserError) in
      let task = distribution.sample(from: &stream)
      _ = try setup.family.declared(task.group)
      return task
    }
  }

  /// Updates the meta-parameters by the mean meta-gradient.
  /// - Returns: the mean outer loss.
  private mutating func update(_ values: [TaskAdapter.MetaGradientValue], iteration: Int) throws -> Double {
    let (pool, adapters, clip) = (pool, adapters, taskClip)
    let (loss, gradient) = Self.mean(values, clip: clip)
    try Divergence.explained(setup.configuration) {
      try outer.step(against: gradient, iteration: iteration) { parameters in
        let values = try pool.map(jobs: values.count) { task, worker in
          try adapters[worker].get().differentiate(values[task], at: parameters)
        }
        return Self.mean(values, clip: clip)
      }
    }
    return loss
  }

  /// The means of the losses and of their gradients, each clipped, over the tasks, summed in the order of the tasks.
  private static func mean(
    _ values: [TaskAdapter.MetaGradientValue], clip: Double
  ) -> (loss: Double, gradient: MetaParameters<Float>) {
    let gradients = values.map { $0.gradient.clipped(to: clip) }
    let sum = gradients.dropFirst().reduce(gradients[0]) { $0.combined(with: $1, +) }
    let share = Tensor(1 / Float(values.count))
    return (
      values.map { Double($0.loss) }.reduce(0, +) / Double(values.count), sum.mapTensors { share * $0 }
    )
  }

  private func metrics(_ outcomes: [TaskAdapter.Outcome], loss: Double) -> MetricsRow {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    let after = outcomes.map { $0.returns[$0.returns.count - 1] }
    var values = [
      ("return_before", mean(outcomes.map { $0.returns[0] })), ("return_after", mean(after)),
    ]
    for group in setup.family.groups {
      let own = zip(outcomes, after).filter { $0.0.task.group == group }.map(\.1)
      values.append(("return_after_\(group)", mean(own)))
    }
    let samplings = setup.stepCount + 1
    return MetricsRow(
      environmentSteps: outcomes.count * samplings * setup.size.timeSteps,
      values + [("loss", loss)] + setup.algorithm.adaptation.summary(of: outer.parameters))
  }
}

// Checkpoints.
extension PolicyTrainer {
  package var checkpoint: CheckpointContents { outer.checkpoint }

  package mutating func restore(_ checkpoint: CheckpointContents) throws { try outer.restore(checkpoint) }
}
