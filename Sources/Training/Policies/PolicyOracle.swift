import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Runs
import TensorCore
import Workers

/// The reference line of policies: the run's network trained by a trust region on each task alone, without any adaptation.
///
/// There are at most four such trainings. Of more tasks that can be counted, four are spread over all of them; of tasks that
/// are drawn, the first four held-out ones; each other task has the mean of the four. A training has as many meta-iterations
/// as the checkpoint and as many environment steps as the run gives one task: of its steps, the share of one of the tasks that can be
/// counted, or else of one of a meta-batch.
struct PolicyOracle: AdaptationEvaluator {
  /// The definition of the line in reports.
  static let definition =
    "the same network trained by trpo on each of at most \(mostTasks) tasks alone, without adaptation, with as many environment "
    + "steps as the training gave one task"

  private static let mostTasks = 4
  /// The seed of the trainings, which runs of different seeds share.
  private static let seed = 1

  private let configuration: RunConfiguration
  private let setup: PolicySetup

  init(_ configuration: RunConfiguration) throws {
    var configuration = configuration
    configuration[RunSettings.self].seed = Self.seed
    // Without adaptation all surrogates have the same derivatives, and one the same bits.
    configuration[SurrogateSettings.self].surrogate = .lowVariance
    // Presets differ in it, and with one task there are no others that it could outweigh.
    configuration[PolicyOuterLoopSettings.self].taskClip = 1
    self.configuration = configuration
    setup = try PolicySetup(configuration, isPlain: true)
  }

  var stepCount: Int { 0 }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let tasks = try PolicyEvaluator.tasks(of: request, setup)
    let trained = chosen(of: tasks)
    let pool = configuration.makeWorkerPool()
    var returns: [EnvironmentTask: [Double]] = [:]
    for task in trained {
      let indices = tasks.indices.filter { tasks[$0] == task }
      let scores = try HeldOutPolicies(setup, pool: pool).returns(
        of: parameters(for: task, iterations: request.iterations ?? configuration.run.iterations),
        on: indices.map { tasks[$0] }, steps: 0, seed: request.seed,
        iteration: PolicyEvaluator.iteration)
      returns[task] = scores.map { $0[0].mean }
      request.scored?(indices.count, tasks.count)
    }
    let mean = Array(returns.values.joined()).mean
    var taken: [EnvironmentTask: Int] = [:]
    return try tasks.map { task in
      let place = taken[task, default: 0]
      taken[task] = place + 1
      return TaskOutcome(group: try setup.family.declared(task.group), scores: [returns[task]?[place] ?? mean])
    }
  }

  /// The tasks that are trained on.
  private func chosen(of tasks: [EnvironmentTask]) -> [EnvironmentTask] {
    var distinct: [EnvironmentTask] = []
    for task in tasks where !distinct.contains(task) { distinct.append(task) }
    guard distinct.count > Self.mostTasks else { return distinct }
    guard !setup.tasks.tasks.isEmpty else { return Array(distinct.prefix(Self.mostTasks)) }
    return (0..<Self.mostTasks).map { distinct[$0 * distinct.count / Self.mostTasks] }
  }

  /// The trained parameters for a task, which are found once in a process.
  private func parameters(for task: EnvironmentTask, iterations: Int) throws -> MetaParameters<Float> {
    let key = try "\(task) \(iterations) \(copies()) \(Self.relevantValues(configuration))"
    if let known = Self.known.withLock({ $0[key] }) { return known }
    let found = try train(on: task, iterations: iterations)
    Self.known.withLock { $0[key] = found }
    return found
  }

  private static let known = Locked<[String: MetaParameters<Float>]>([:])

  /// The values of the configuration on which a training depends, beside the number of its tasks: those of the network, of
  /// its episodes and of what they are like. Runs that differ in their algorithms have one oracle.
  private static func relevantValues(_ configuration: RunConfiguration) -> [String] {
    let entries = configuration.entries { part in
      part is any TaskFamily || part is PolicySampling || part is PolicyModel || part is AdvantageSettings
    }
    return ["\(configuration.taskName) \(configuration.kernels.name)"]
      + entries.map { "\($0.key.name)=\(configuration[$0.key.name]?.description ?? "")" }
  }

  /// The number of times that an iteration has the task. One of the run samples each task before and after every inner step,
  /// one of this training once.
  private func copies() throws -> Int {
    let meta = try PolicySetup(configuration)
    let batch = meta.sampling.metaBatchSize
    let count = setup.tasks.tasks.isEmpty ? batch : min(batch, setup.tasks.tasks.count)
    return max(1, (batch * (meta.stepCount + 1) + count / 2) / count)
  }

  private func train(on task: EnvironmentTask, iterations: Int) throws -> MetaParameters<Float> {
    let copies = try copies()
    var trainer = try PolicyTrainer(setup, tasks: Array(repeating: task, count: copies)) {
      TrustRegionStep(TrustRegion(), for: $0)
    }
    for iteration in 1...max(1, iterations) { _ = try trainer.iterate(iteration) }
    return trainer.parameters
  }
}
