import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Ranks
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
    /// The share of the variance of the returns that the baseline explains, after 0, 1, ... inner steps.
    var explainedVariances: [Double] = []
    /// The steps that the environment took, of all episodes.
    var environmentSteps = 0
    /// The mean number of actions of an episode after all inner steps.
    var episodeLength = 0.0
    /// The share of the episodes after all inner steps that the task ended, before the horizon or at it.
    var terminatedShare = 0.0
    /// The mean entropy of the choices before adaptation; nil where actions are vectors.
    var choiceEntropy: Double?
    /// The norm of the change of the policy by all inner steps.
    var innerDistance = 0.0
    /// The mean over the inner steps of the norm of the gradient that made the step.
    var innerGradientNorm = 0.0
    /// The mean Kullback-Leibler divergence of the policy after all inner steps from that before them, on some of the
    /// time steps of the episodes after them.
    var innerDivergence = 0.0
    /// The share of the adapted elements that are 0 after all inner steps.
    var zeroShare = 0.0
    /// The norm of the gradient before it is clipped.
    var gradientNorm = 0.0
    /// The outer loss.
    var loss: Float = 0
    /// The gradient of the mean log-probability of the actions before adaptation with respect to the model's parameters;
    /// empty where the outer objective has no term for them.
    var explorationGradient: [Float] = []
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
  /// Whether another rank does the work, so that the outcome alone is here.
  private var isElsewhere = false

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
    precondition(memory != nil || isElsewhere, "the samples of a task were not kept")
    self.parameters = parameters
    stage = .start
  }

  /// The samples of a run that keeps them and has ended.
  /// - Parameter weight: the weight of its episodes before adaptation in the outer objective.
  func keptSamples(weightBefore weight: Double) -> KeptSamples {
    guard let memory else { preconditionFailure("the samples of a task were not kept") }
    // Joint training learns from the policy before any step.
    let last = setup.algorithm.metaGradient == .unadapted ? 0 : setup.stepCount
    return KeptSamples(
      parameters: parameters, noise: setup.noise.values(at: address),
      adapted: memory.computation.outputs.adapted[last].read(), samples: memory.samples,
      query: memory.samples[last], weightBefore: Float(weight))
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
      let policy = memory.computation.outputs.adapted[collected].read()
      memory.policy = collected < setup.stepCount ? setup.objective.exploring(policy) : policy
      if collected == setup.stepCount { memory.unadapted = memory.computation.outputs.adapted[0].read() }
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
      memory.computation.compute(part: part, in: worker.parts) { memory.samples[step].write(part, to: $0) }
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
    guard step == setup.stepCount, let unadapted = memory.unadapted else { return }
    collection.actor.load(unadapted)
    let samples = memory.samples[step].parts[part]
    (samples.divergence, samples.comparedTimeSteps) = samples.batch.divergence(
      from: collection.actor, everyStep: Self.comparedStep)
  }

  /// The policies before and after the inner steps are compared at every one of so many time steps.
  private static let comparedStep = 10

  /// Computes what depends on all episodes of an adaptation step: their returns and advantages.
  private func weigh(_ step: Int, in memory: TaskMemory, by worker: PolicyWorker) throws {
    let samples = memory.samples[step]
    for (part, range) in zip(samples.parts, ranges) { worker.batch.write(part.batch, from: range.lowerBound) }
    outcome.returns.append(worker.batch.meanReturn)
    let timeSteps = worker.batch.validTimeSteps
    outcome.environmentSteps += timeSteps
    outcome.episodeLength = Double(timeSteps) / Double(setup.size.episodes)
    outcome.terminatedShare =
      Double(worker.batch.ends.count { $0.contains(.terminated) }) / Double(setup.size.episodes)
    if step == 0 { outcome.choiceEntropy = worker.batch.meanChoiceEntropy }
    try worker.estimator.estimate(worker.batch, at: address(ofStep: step))
    outcome.explainedVariances.append(worker.estimator.explainedVariance)
    samples.divisor = setup.normalization.divisor(of: worker.batch)
    samples.timeSteps = Float(timeSteps)
    for (part, range) in zip(samples.parts, ranges) {
      part.advantages = worker.estimator.advantages.columns(of: range, among: setup.size.episodes)
    }
  }

  private func end(_ memory: TaskMemory) {
    let outputs = memory.computation.outputs
    outcome.loss = outputs.loss.scalar
    outcome.gradient = outputs.gradient.scalars
    outcome.gradientNorm = outcome.gradient.norm
    outcome.gradient.clip(toNorm: clip)
    outcome.explorationGradient = outputs.explorationGradients.scalars
    let norms = outputs.innerGradients.scalars.map { Double($0).squareRoot() }
    outcome.innerGradientNorm = norms.reduce(0, +) / Double(max(norms.count, 1))
    let query = memory.samples[setup.stepCount].parts
    let compared = query.reduce(0) { $0 + $1.comparedTimeSteps }
    outcome.innerDivergence = query.reduce(0) { $0 + $1.divergence } / Double(max(compared, 1))
    if setup.setsZeros { outcome.zeroShare = setup.zeroShare(of: outputs.adapted[setup.stepCount].read()) }
    var way = outputs.adapted[setup.stepCount].scalars
    way.update(with: outputs.adapted[0].scalars) { $0 - $1 }
    outcome.innerDistance = way.norm
    guard !keepsSamples else { return }
    memories.giveBack(memory)
    self.memory = nil
  }
}

// The work on several ranks.
extension PolicyTaskRun: SharedWork {
  func write(job part: Int, to message: inout Message) {
    guard let memory else { preconditionFailure("a job has ended before its stage") }
    switch stage {
    case .start: preconditionFailure("a job has ended before its stage")
    case .collection(let step):
      let samples = memory.samples[step].parts[part]
      samples.batch.write(to: &message)
      message.write(samples.divergence)
      message.write(samples.comparedTimeSteps)
    case .sums: message.write(memory.computation.sums(ofPart: part))
    }
  }

  func read(job part: Int, from message: inout MessageReader) throws {
    guard let memory else { preconditionFailure("a job has ended before its stage") }
    switch stage {
    case .start: preconditionFailure("a job has ended before its stage")
    case .collection(let step):
      let samples = memory.samples[step].parts[part]
      try samples.batch.read(from: &message)
      (samples.divergence, samples.comparedTimeSteps) = (try message.read(), try message.read())
    case .sums: memory.computation.setSums(ofPart: part, to: try message.read())
    }
  }

  func writeResult(to message: inout Message) { outcome.write(to: &message) }

  func readResult(from message: inout MessageReader) throws {
    outcome = try Outcome(from: &message)
    isElsewhere = true
  }
}

extension PolicyTaskRun.Outcome: RankValue {
  init(from message: inout MessageReader) throws {
    returns = try message.read()
    explainedVariances = try message.read()
    (environmentSteps, episodeLength, terminatedShare) = (try message.read(), try message.read(), try message.read())
    choiceEntropy = try message.readOptional()
    (innerDistance, innerGradientNorm, innerDivergence) = (try message.read(), try message.read(), try message.read())
    (zeroShare, gradientNorm, loss) = (try message.read(), try message.read(), try message.read())
    explorationGradient = try message.read()
    gradient = try message.read()
  }

  func write(to message: inout Message) {
    message.write(returns)
    message.write(explainedVariances)
    message.write(environmentSteps)
    for number in [episodeLength, terminatedShare] { message.write(number) }
    message.writeOptional(choiceEntropy)
    for number in [innerDistance, innerGradientNorm, innerDivergence, zeroShare, gradientNorm] { message.write(number) }
    message.write(loss)
    message.write(explorationGradient)
    message.write(gradient)
  }
}

extension EpisodeBatch {
  /// Writes the episodes.
  fileprivate func write(to message: inout Message) {
    for numbers in [observations, actions, outputs, deviations, rewards, rewardParts, mask] { message.write(numbers) }
    message.write(ends.map(\.rawValue))
  }

  /// Takes the episodes of a batch of the same sizes.
  fileprivate mutating func read(from message: inout MessageReader) throws {
    observations = try message.read()
    actions = try message.read()
    outputs = try message.read()
    deviations = try message.read()
    rewards = try message.read()
    rewardParts = try message.read()
    mask = try message.read()
    ends = (try message.read() as [UInt8]).map { EpisodeEnd(rawValue: $0) }
  }
}

/// The memory of one task at a time: its samples and its computation.
final class TaskMemory {
  /// A part of the episodes after some number of inner steps.
  final class Part {
    var batch: EpisodeBatch
    /// The advantage of each action, `[horizon, episodes of the part]`.
    var advantages: [Float] = []
    /// The sum of the divergences of the policy that acts here from that before adaptation, and the number of time steps
    /// that it is over.
    var divergence = 0.0
    var comparedTimeSteps = 0

    init(_ size: EpisodeBatchSize) { batch = EpisodeBatch(size: size) }
  }

  /// The episodes after some number of inner steps.
  final class Samples {
    let parts: [Part]
    var divisor: Float = 1
    /// The number of valid time steps.
    var timeSteps: Float = 1

    init(_ sizes: [EpisodeBatchSize]) { parts = sizes.map { Part($0) } }

    /// Writes a part of the samples.
    func write(_ part: Int, to buffers: Buffers<PolicySamples<Float>>) {
      buffers.write(parts[part].batch, advantages: parts[part].advantages, divisor: divisor, timeSteps: timeSteps)
    }

    /// Writes every `stride`-th time step of a part, counted through its episodes, of one the stride of which was chosen
    /// beforehand by `thin(every:)`.
    func write(_ part: Int, to buffers: Buffers<PolicySamples<Float>>, every stride: Int) {
      let timeSteps = stride == 1 ? timeSteps : thinned.timeSteps
      precondition(stride == 1 || stride == thinned.stride, "samples are not thinned by \(stride)")
      buffers.write(
        parts[part].batch, advantages: parts[part].advantages, divisor: divisor * timeSteps / self.timeSteps,
        timeSteps: timeSteps, every: stride)
    }

    private var thinned: (stride: Int, timeSteps: Float) = (1, 0)

    /// Counts the valid time steps among every `stride`-th one, before some of these are written.
    func thin(every stride: Int) { thinned = (stride, timeSteps(every: stride)) }

    /// The sum of the advantages of the valid time steps by the divisor.
    var meanAdvantage: Double {
      var sum = 0.0
      for part in parts {
        for (advantage, mask) in zip(part.advantages, part.batch.mask) { sum += Double(advantage * mask) }
      }
      return sum / Double(divisor)
    }

    /// The mean entropy of the choices; nil where actions are vectors.
    var meanChoiceEntropy: Double? {
      var (sum, steps) = (0.0, 0.0)
      for part in parts {
        guard let entropy = part.batch.meanChoiceEntropy else { return nil }
        let own = Double(part.batch.validTimeSteps)
        (sum, steps) = (sum + entropy * own, steps + own)
      }
      return sum / max(steps, 1)
    }

    /// The number of valid time steps among every `stride`-th one.
    private func timeSteps(every stride: Int) -> Float {
      var count = 0
      for part in parts {
        let mask = part.batch.mask
        for step in Swift.stride(from: 0, to: mask.count, by: stride) where mask[step] != 0 { count += 1 }
      }
      return Float(count)
    }
  }

  let samples: [Samples]
  let computation: PolicyPrograms.MetaGradient.Computation
  /// The policy whose episodes are collected.
  var policy: Parameters<Float>?
  /// The policy before adaptation, with which that after it is compared.
  var unadapted: Parameters<Float>?

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
