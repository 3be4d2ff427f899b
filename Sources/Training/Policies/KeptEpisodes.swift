import MetaLearning
public import NeuralNetworks
import PolicyLearning
import Ranks
import Rollouts
public import TensorCore
import Workers

/// The episodes that the tasks of an iteration have collected, on which a step tries other meta-parameters than those at
/// the start of the iteration. At each, every task adapts anew to the episodes that it has.
public final class KeptEpisodes {
  private let setup: PolicySetup
  private let pool: WorkerPool
  private let ranks: Ranks
  private let programs: KeptEpisodePrograms
  private var trials: KeptRuns<KeptEpisodePrograms.TrialInputs, KeptEpisodePrograms.Change>?
  private var metrics: KeptRuns<KeptEpisodePrograms.MetricInputs, Parameters<Float>>?
  private var passes: KeptRuns<KeptEpisodePrograms.PassInputs, KeptEpisodePrograms.PassOutputs>?
  /// The tasks whose samples are on this rank: all of them where there is one rank.
  private var tasks: [KeptSamples] = []
  /// The numbers of these tasks, and of all.
  private var (numbers, count) = (0..<0, 0)
  /// Whether the samples of the tasks have been prepared for the metric.
  private var isThinned = false

  init(_ setup: PolicySetup, pool: WorkerPool, ranks: Ranks) {
    (self.setup, self.pool, self.ranks, programs) = (setup, pool, ranks, KeptEpisodePrograms(setup))
  }

  /// Takes the samples of the tasks of an iteration that are on this rank.
  /// - Parameter count: the number of all tasks.
  func begin(_ tasks: [KeptSamples], of count: Int) {
    self.tasks = tasks
    (numbers, self.count) = (ranks.owned(of: count), count)
    isThinned = false
    writePoints()
  }

  /// Writes what does not change with the point that is tried.
  private func writePoints() {
    for (index, task) in zip(numbers, tasks) {
      if let trial = trials?.computations[index].inputs {
        trial.point.noise.write(task.noise)
        trial.weightBefore.write([task.weightBefore])
      }
      if let pass = passes?.computations[index].inputs {
        pass.point.noise.write(task.noise)
        pass.weightBefore.write([task.weightBefore])
      }
      guard let metric = metrics?.computations[index].inputs else { continue }
      metric.point.noise.write(task.noise)
      metric.point.parameters.write(task.parameters)
      metric.adapted.write(task.adapted)
    }
  }

  /// The means over the tasks of the loss after adaptation from `parameters`, by likelihood ratios, and of the divergence
  /// of the adapted policies from those that sampled.
  /// - Parameter parameters: all meta-parameters, in the form that a step has.
  public func change(at parameters: Parameters<Float>) throws -> (loss: Double, divergence: Double) {
    let trials = made(\.trials, programs.trial)
    try run(trials, "trials") { $0.point.parameters.writeTensors(parameters.tensors) }
    return (trials.mean { $0.loss.scalar }, trials.mean { $0.divergence.scalar })
  }

  /// The mean loss of the tasks, by likelihood ratios, at the meta-parameters at the start of the iteration: every ratio is
  /// 1 there, and the loss is minus the mean of the advantages, less the bonus for entropy.
  func lossAtStart() throws -> Double {
    let bonus = setup.terms.entropyBonus
    let (tasks, first) = (tasks, numbers.lowerBound)
    let losses = try ranks.mapOwned(of: count) { number in
      let task = tasks[number - first]
      let samples = task.query
      let entropy = bonus == 0 ? 0 : samples.meanChoiceEntropy ?? self.entropy(of: task.adapted)
      return [samples.meanAdvantage, bonus * entropy * Double(samples.timeSteps / samples.divisor)]
    }
    return losses.joined().reduce(0, -) / Double(count)
  }

  /// The entropy of a policy's actions, which does not depend on the observation where they are vectors.
  private func entropy(of policy: Parameters<Float>) -> Double {
    Double(setup.policy.entropies(policy, observations: .zeros([1, setup.size.observationSize])).scalar)
  }

  /// The product of the mean metric of the tasks with a direction of the model's parameters, all elements one after
  /// another. It is the metric of the divergence between adapted policies: half its quadratic form is the divergence of a
  /// small step.
  public func metricProduct(with direction: [Float]) throws -> [Float] {
    let metrics = made(\.metrics, programs.metric)
    if !isThinned { for samples in tasks.flatMap(\.samples) { samples.thin(every: programs.stride) } }
    isThinned = true
    try run(metrics, "metric", every: programs.stride) { $0.direction.write(direction) }
    return metrics.mean { $0.scalars }
  }

  /// A pass over the episodes at some meta-parameters.
  public struct Pass {
    /// The mean divergence of the adapted policies from those that sampled.
    public let divergence: Double
    /// The mean divergence of the policies before adaptation from those that sampled.
    public let divergenceBefore: Double
    /// The share of the time steps whose likelihood ratio lies outside of the clip.
    public let clippedShare: Double
    /// The mean gradient of the tasks, each clipped as in every meta-gradient.
    public let gradient: Parameters<Float>
  }

  /// The gradient of the mean loss after adaptation from `parameters`, with likelihood ratios that are clipped.
  /// - Parameters:
  ///   - parameters: the meta-parameters.
  ///   - clip: the distance from 1 at which the ratio is held; the same in every call.
  ///   - penalty: the weight of the divergence of the policy before adaptation.
  ///   - taskClip: the largest norm of a task's gradient; 0 for no limit.
  public func pass(
    at parameters: Parameters<Float>, clip: Double, penalty: Double, taskClip: Double
  ) throws -> Pass {
    let passes = made(\.passes) { programs.pass(clip: clip) }
    try run(passes, "passes") { inputs in
      inputs.point.parameters.writeTensors(parameters.tensors)
      inputs.penalty.write([Float(penalty)])
    }
    return Pass(
      divergence: passes.mean { $0.divergence.scalar }, divergenceBefore: passes.mean { $0.divergenceBefore.scalar },
      clippedShare: passes.mean { $0.clippedShare.scalar },
      gradient: parameters.replacingElements(
        passes.mean { outputs in
          var gradient = outputs.gradient.scalars
          gradient.clip(toNorm: taskClip)
          return gradient
        }))
  }

  /// Runs a computation of each task, of which this rank does its share.
  private func run<Inputs, Outputs>(
    _ runs: KeptRuns<Inputs, Outputs>, _ name: String, every stride: Int = 1,
    writing write: @escaping @Sendable (Buffers<Inputs>) -> Void
  ) throws {
    let works = (0..<count).map { number in
      runs.work(
        name, of: number, on: numbers.contains(number) ? tasks[number - numbers.lowerBound].samples : [], every: stride,
        writing: write)
    }
    try ranks.run(works, by: pool)
  }

  /// The runs of a program, which are made at its first use.
  private func made<Inputs, Outputs>(
    _ path: ReferenceWritableKeyPath<KeptEpisodes, KeptRuns<Inputs, Outputs>?>,
    _ program: () -> StagedProgram<Inputs, PolicySamples<Float>, Outputs>
  ) -> KeptRuns<Inputs, Outputs> {
    if let runs = self[keyPath: path] { return runs }
    let runs = KeptRuns(program(), tasks: count, pool: pool)
    self[keyPath: path] = runs
    writePoints()
    return runs
  }
}

/// The samples of a task, kept after its gradient has been computed.
///
/// `@unchecked Sendable`: nothing changes the samples while they are kept.
struct KeptSamples: @unchecked Sendable {
  /// The meta-parameters that the task started from.
  let parameters: MetaParameters<Float>
  let noise: [Parameters<Float>]
  /// The policy whose loss the outer loss is: that after the last inner step, or before any for joint training.
  let adapted: Parameters<Float>
  /// The samples after each number of inner steps.
  let samples: [TaskMemory.Samples]
  /// Those of the adapted policy.
  let query: TaskMemory.Samples
  /// The weight of the log-probabilities of the actions before adaptation in the outer objective.
  let weightBefore: Float
}

/// The computations of a program on the kept samples of each task, and the memory of the workers for their parts.
private struct KeptRuns<Inputs: TensorStructure, Outputs: TensorStructure>
where Inputs.Scalar == Float, Outputs.Scalar == Float {
  typealias Computation = StagedComputation<Inputs, PolicySamples<Float>, Outputs>

  let computations: [Computation]
  private let parts: WorkerLocal<PartWorkspace<Inputs, PolicySamples<Float>, Outputs>>

  init(_ program: StagedProgram<Inputs, PolicySamples<Float>, Outputs>, tasks: Int, pool: WorkerPool) {
    computations = (0..<tasks).map { _ in program.makeComputation() }
    parts = WorkerLocal(pool) { program.makePartWorkspace() }
  }

  /// The run of the computation of a task.
  /// - Parameters:
  ///   - name: what the computation is, in a word or two for reports.
  ///   - samples: those of the task; none on a rank that does not have them.
  ///   - stride: reads every `stride`-th time step alone.
  ///   - write: writes the inputs of each task that differ from those of the run before.
  func work(
    _ name: String, of task: Int, on samples: [TaskMemory.Samples], every stride: Int,
    writing write: @escaping @Sendable (Buffers<Inputs>) -> Void
  ) -> KeptSamplesRun<Inputs, Outputs> {
    KeptSamplesRun(
      computations[task], parts: parts, samples: samples, stride: stride, stageName: name, write: write)
  }

  /// The mean over the tasks of a result.
  func mean(_ result: (Buffers<Outputs>) -> Float) -> Double {
    computations.reduce(0) { $0 + Double(result($1.outputs)) } / Double(computations.count)
  }

  /// The mean over the tasks of an array, added in the order of the tasks.
  func mean(_ result: (Buffers<Outputs>) -> [Float]) -> [Float] {
    var sum = result(computations[0].outputs)
    for computation in computations.dropFirst() { sum.update(with: result(computation.outputs)) { $0 + $1 } }
    let share = 1 / Float(computations.count)
    sum.update { share * $0 }
    return sum
  }
}

/// A computation on the samples that were kept of a task, part by part.
///
/// `@unchecked Sendable`: `next` has the run to itself, and jobs write to separate memory.
private final class KeptSamplesRun<Inputs: TensorStructure, Outputs: TensorStructure>: SharedWork, @unchecked Sendable
where Inputs.Scalar == Float, Outputs.Scalar == Float {
  private let computation: StagedComputation<Inputs, PolicySamples<Float>, Outputs>
  private let parts: WorkerLocal<PartWorkspace<Inputs, PolicySamples<Float>, Outputs>>
  private let samples: [TaskMemory.Samples]
  private let stride: Int
  private let write: @Sendable (Buffers<Inputs>) -> Void
  /// The data set whose sums are computed; nil before the start.
  private var dataSet: Int?

  init(
    _ computation: StagedComputation<Inputs, PolicySamples<Float>, Outputs>,
    parts: WorkerLocal<PartWorkspace<Inputs, PolicySamples<Float>, Outputs>>, samples: [TaskMemory.Samples],
    stride: Int, stageName: String, write: @escaping @Sendable (Buffers<Inputs>) -> Void
  ) {
    (self.computation, self.parts, self.samples, self.stride) = (computation, parts, samples, stride)
    (self.stageName, self.write) = (stageName, write)
  }

  let stageName: String

  func next(worker: Int) -> Int? {
    if dataSet == nil { write(computation.inputs) }
    dataSet = dataSet == nil ? computation.start() : computation.proceed()
    return dataSet.map { _ in computation.partCount }
  }

  func run(job part: Int, worker: Int) {
    guard let dataSet else { preconditionFailure("a job runs before its stage") }
    computation.compute(part: part, in: parts[worker]) {
      samples[dataSet].write(part, to: $0, every: stride)
    }
  }

  func write(job part: Int, to message: inout Message) { message.write(computation.sums(ofPart: part)) }

  func read(job part: Int, from message: inout MessageReader) throws {
    computation.setSums(ofPart: part, to: try message.read())
  }

  func writeResult(to message: inout Message) { message.write(computation.outputs.scalars) }

  func readResult(from message: inout MessageReader) throws { computation.outputs.write(try message.read()) }
}
