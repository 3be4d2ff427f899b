import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore
import Workers

/// One task of a meta-iteration: its episodes before and after every inner step, and the gradient of its outer loss.
///
/// The work is divided into the parts of the episodes. They are collected part by part, and so are the sums over their
/// samples, which make up nearly all of a gradient's time; advantages, update rules and the addition of the parts come in
/// between.
///
/// `@unchecked Sendable`: `next` has the run to itself, and jobs share nothing but what `next` has written.
final class PolicyTaskRun: StagedWork, @unchecked Sendable {
  typealias Workers = WorkerLocal<Result<PolicyWorker, any Error>>

  /// The results for the task.
  struct Outcome: Sendable {
    /// The mean return of the episodes after 0, 1, ... inner steps.
    var returns: [Double] = []
    /// The outer loss.
    var loss: Float = 0
    /// The gradient of the outer loss with respect to all meta-parameters, one after another, clipped.
    var gradient: [Float] = []
  }

  private enum Stage {
    case start
    /// The parts of the episodes after a number of inner steps are collected.
    case collection(Int)
    /// The parts of the sums over the samples after a number of inner steps are computed.
    case sums(Int)
  }

  let task: EnvironmentTask
  private(set) var outcome = Outcome()

  private let setup: PolicySetup
  private let ranges: [Range<Int>]
  private let workers: Workers
  private let memories: TaskMemories
  private let address: RandomAddress
  private var parameters: MetaParameters<Float>
  /// Nil before the first stage, and after the last one where the samples are not kept.
  private(set) var memory: TaskMemory?
  private let keepsSamples: Bool
  /// The largest norm of the task's gradient; 0 for no limit.
  private let clip: Double
  private var stage = Stage.start
  /// The adaptation steps whose episodes are there.
  private var collected = 0

  /// - Parameters:
  ///   - address: the seed, iteration and task; the adaptation step is counted from 0.
  ///   - clip: the largest norm of the task's gradient; 0 for no limit.
  ///   - keepsSamples: whether the gradient will be needed at other meta-parameters, on the same samples.
  init(
    _ task: EnvironmentTask, of setup: PolicySetup, _ programs: PolicyPrograms, from parameters: MetaParameters<Float>,
    at address: RandomAddress, workers: Workers, memories: TaskMemories, clip: Double, keepsSamples: Bool
  ) {
    (self.task, self.setup, self.parameters, self.address) = (task, setup, parameters, address)
    (self.workers, self.memories, self.clip, self.keepsSamples) = (workers, memories, clip, keepsSamples)
    ranges = programs.parts.ranges
  }

  deinit { if let memory { memories.giveBack(memory) } }

  /// Lets the work start again, at other meta-parameters and on the samples that were kept.
  func restart(from parameters: MetaParameters<Float>) {
    precondition(memory != nil, "the samples of a task were not kept")
    self.parameters = parameters
    stage = .start
  }

  var stageName: String {
    switch stage {
    case .start: "start"
    case .collection: "episodes"
    case .sums: "gradients"
    }
  }

  func next(worker: Int) throws -> Int? {
    let memory = memory ?? memories.take()
    self.memory = memory
    let awaited: Int?
    switch stage {
    case .start:
      memory.computation.inputs.parameters.write(parameters)
      memory.computation.inputs.noise.write(setup.noise.values(at: address))
      awaited = memory.computation.start()
    case .collection(let step):
      try weigh(step, in: memory, by: workers[worker].get())
      collected = step + 1
      awaited = memory.computation.awaited
    case .sums: awaited = memory.computation.proceed()
    }
    if let awaited, awaited < collected {
      stage = .sums(awaited)
    } else if collected <= setup.stepCount {
      precondition(awaited == nil || awaited == collected, "a task waits for the episodes of a later step")
      // The policy after as many inner steps does not depend on episodes to come.
      stage = .collection(collected)
      memory.policy = memory.computation.outputs.adapted[collected].read()
    } else {
      end(memory)
      return nil
    }
    return ranges.count
  }

  func run(job part: Int, worker: Int) throws {
    let worker = try workers[worker].get()
    guard let memory else { preconditionFailure("a job runs before its stage") }
    switch stage {
    case .start: preconditionFailure("a job runs before its stage")
    case .collection(let step): try collect(part, step, in: memory, by: worker)
    case .sums(let step):
      let samples = memory.samples[step]
      memory.computation.compute(part: part, in: worker.parts) {
        $0.write(samples.parts[part].batch, advantages: samples.parts[part].advantages, divisor: samples.divisor)
      }
    }
  }

  private func address(ofStep step: Int) -> RandomAddress {
    var address = address
    address.adaptationStep = UInt32(step)
    return address
  }

  private func collect(_ part: Int, _ step: Int, in memory: TaskMemory, by worker: PolicyWorker) throws {
    guard let policy = memory.policy else { preconditionFailure("episodes are collected before there is a policy") }
    let collection = worker.collections[part]
    collection.actor.load(policy)
    var address = address(ofStep: step)
    address.episode = UInt32(ranges[part].lowerBound)
    try collection.collector.collect(
      into: &memory.samples[step].parts[part].batch, task: task, policy: collection.actor, at: address)
  }

  /// Computes what depends on all episodes of an adaptation step: their returns and advantages.
  private func weigh(_ step: Int, in memory: TaskMemory, by worker: PolicyWorker) throws {
    let samples = memory.samples[step]
    for (part, range) in zip(samples.parts, ranges) { worker.batch.write(part.batch, from: range.lowerBound) }
    outcome.returns.append(worker.batch.meanReturn)
    try worker.estimator.estimate(worker.batch, at: address(ofStep: step))
    samples.divisor = setup.normalization.divisor(of: worker.batch)
    for (part, range) in zip(samples.parts, ranges) {
      part.advantages = worker.estimator.advantages.columns(of: range, among: setup.size.episodes)
    }
  }

  private func end(_ memory: TaskMemory) {
    let outputs = memory.computation.outputs
    outcome.loss = outputs.loss.scalar
    outcome.gradient = outputs.gradient.scalars
    outcome.gradient.clip(toNorm: clip)
    guard !keepsSamples else { return }
    memories.giveBack(memory)
    self.memory = nil
  }
}

/// The memory of one task at a time: its samples and its computation.
final class TaskMemory {
  /// A part of the episodes after some number of inner steps.
  final class Part {
    var batch: EpisodeBatch
    /// The advantage of each action, `[horizon, episodes of the part]`.
    var advantages: [Float] = []

    init(_ size: EpisodeBatchSize) { batch = EpisodeBatch(size: size) }
  }

  /// The episodes after some number of inner steps.
  final class Samples {
    let parts: [Part]
    var divisor: Float = 1

    init(_ sizes: [EpisodeBatchSize]) { parts = sizes.map { Part($0) } }
  }

  let samples: [Samples]
  let computation: PolicyPrograms.MetaGradient.Computation
  /// The policy whose episodes are collected.
  var policy: Parameters<Float>?

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) {
    let sizes = programs.parts.sizes(of: setup.size)
    samples = (0...setup.stepCount).map { _ in Samples(sizes) }
    computation = programs.metaGradient.makeComputation()
  }
}

/// The memories of the tasks that are worked on, which later tasks use again.
///
/// `@unchecked Sendable`: a memory that was taken belongs to the run that took it.
final class TaskMemories: @unchecked Sendable {
  private let setup: PolicySetup
  private let programs: PolicyPrograms
  private let lock = Locked(0)
  private var free: [TaskMemory] = []

  init(_ setup: PolicySetup, _ programs: PolicyPrograms) { (self.setup, self.programs) = (setup, programs) }

  func take() -> TaskMemory { lock.withLock { _ in free.popLast() } ?? TaskMemory(setup, programs) }

  func giveBack(_ memory: TaskMemory) { lock.withLock { _ in free.append(memory) } }
}
