import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Ranks
import Rollouts
import Runs
import Workers

/// Adapts a trained policy to held-out tasks and reports the returns before and after every inner step.
struct PolicyEvaluator: AdaptationEvaluator {
  private let setup: PolicySetup

  /// The iteration of evaluation's random numbers. Those of training have iterations from 1 on, so that no episode of
  /// training is drawn again.
  static let iteration = 0

  init(_ configuration: RunConfiguration) throws { setup = try PolicySetup(configuration) }

  var stepCount: Int { setup.stepCount }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let isApart = setup.objective.exploration != nil || request.episodes != nil
    let count = isApart ? RandomAddress.secondEpisodes : RandomAddress.adaptationStepCount
    let most = count - 1
    guard request.steps <= most else {
      throw UserError(
        "steps: expected at most \(most) inner steps of a policy, which draws episodes for "
          + "each, found \(request.steps)", status: .usage)
    }
    let parameters = try setup.initialParameters.reading(request.checkpoint, prefix: PolicySetup.checkpointPrefix)
    let tasks = try Self.tasks(of: request, setup)
    if let episodes = request.episodes {
      try setup.sampling.check(
        horizon: setup.size.horizon, episodes: max(episodes.adaptation, episodes.scored), tasks: 1)
    }
    let policies = HeldOutPolicies(setup, pool: setup.configuration.makeWorkerPool(), episodes: request.episodes)
    let returns = try policies.returns(
      of: parameters, on: tasks, steps: request.steps, seed: request.seed, iteration: Self.iteration,
      taskIsDone: { request.scored?(1, tasks.count) })
    return try zip(tasks, returns).map { task, returns in
      TaskOutcome(
        group: try setup.family.declared(task.group), scores: returns.map(\.mean),
        episodes: request.keepsEpisodes ? returns : nil)
    }
  }

  /// The tasks of an evaluation: as many of every task as were requested, where there are finitely many; that many draws
  /// otherwise, which are new ones, or of training tasks the first that the run has drawn.
  /// - Throws: `UserError` where there are no tasks of the division.
  static func tasks(of request: EvaluationRequest, _ setup: PolicySetup) throws(UserError) -> [EnvironmentTask] {
    let distribution: EnvironmentTasks
    switch request.split {
    case .test: distribution = setup.testTasks
    case .validation: distribution = setup.validationTasks
    case .training: distribution = setup.tasks
    case .beyond:
      guard let beyond = setup.family.tasksBeyond else {
        throw UserError(
          "split beyond: \(setup.family.card.name) declares no tasks outside of its distribution", status: .usage)
      }
      distribution = beyond
    }
    guard distribution.tasks.isEmpty else {
      return distribution.tasks.flatMap { Array(repeating: $0, count: request.tasks) }
    }
    if request.split == .training { return try trainingTasks(setup, count: request.tasks) }
    var stream = RandomAddress(seed: UInt64(request.seed), purpose: .evaluationTasks).stream
    return (0..<request.tasks).map { _ in distribution.sample(from: &stream) }
  }

  /// The first tasks that a run has drawn for its training.
  private static func trainingTasks(_ setup: PolicySetup, count: Int) throws(UserError) -> [EnvironmentTask] {
    var tasks: [EnvironmentTask] = []
    var iteration = 1
    while tasks.count < count {
      tasks += try setup.sampledTasks(iteration: iteration)
      iteration += 1
    }
    return Array(tasks.prefix(count))
  }
}

/// Adapts policies of one configuration to held-out tasks, several at a time.
struct HeldOutPolicies {
  private let setup: PolicySetup
  private let pool: WorkerPool
  private let ranks: Ranks
  private let adapters: WorkerLocal<Result<TaskAdapter, any Error>>

  /// - Parameters:
  ///   - ranks: those that share the tasks.
  ///   - counts: the numbers of episodes; nil for the configuration's.
  init(
    _ setup: PolicySetup, pool: WorkerPool, ranks: Ranks = .current,
    episodes counts: EvaluationRequest.EpisodeCounts? = nil
  ) {
    let programs = PolicyAdaptationPrograms(setup, episodes: counts)
    (self.setup, self.pool, self.ranks) = (setup, pool, ranks)
    adapters = WorkerLocal(pool) { Result { try TaskAdapter(setup, programs) } }
  }

  /// The returns of each task's episodes after 0, 1, ... inner steps.
  /// - Parameters:
  ///   - iteration: the iteration of the random numbers.
  ///   - isScored: whether each number of inner steps is to be scored; otherwise that after the last one alone.
  ///   - taskIsDone: called after each task, by its worker.
  func returns(
    of parameters: MetaParameters<Float>, on tasks: [EnvironmentTask], steps: Int, seed: Int, iteration: Int,
    scoring isScored: Bool = true, taskIsDone: @Sendable () -> Void = {}
  ) throws -> [[[Double]]] {
    try ranks.map(jobs: tasks.count) { own in
      try Divergence.explained(setup.configuration) {
        try pool.map(jobs: own.count) { job, worker in
          let task = own.lowerBound + job
          let address = RandomAddress(
            seed: UInt64(seed), purpose: .actionNoise, iteration: iteration, task: task)
          let returns = try adapters[worker].get().adapt(
            parameters, to: tasks[task], steps: steps, at: address, scoring: isScored)
          taskIsDone()
          return returns
        }
      }
    }
  }
}

/// The looks of a training at held-out tasks, which are the same in every look, with the same random numbers: what differs
/// is the policy.
final class PolicyLooks {
  private let setup: PolicySetup
  private let pool: WorkerPool
  private let ranks = Ranks.current
  private let tasks: [EnvironmentTask]
  /// Made at the first look.
  private var policies: HeldOutPolicies?

  /// The iteration of the random numbers, which no run reaches.
  private static let iteration = Int(UInt32.max)

  init(_ setup: PolicySetup, pool: WorkerPool) {
    (self.setup, self.pool) = (setup, pool)
    let count = setup.configuration[HeldOutScoring.self].tasks
    let distribution = setup.validationTasks
    let finite = distribution.tasks
    var stream = RandomAddress(
      seed: UInt64(setup.configuration.run.seed), purpose: .evaluationTasks, iteration: Self.iteration
    ).stream
    // Fewer looks than tasks are spread over all of them.
    tasks = (0..<count).map { index in
      finite.isEmpty
        ? distribution.sample(from: &stream)
        : finite[count < finite.count ? index * finite.count / count : index % finite.count]
    }
  }

  /// The mean return after the inner steps of training.
  func score(of parameters: MetaParameters<Float>) throws -> Double {
    let policies = policies ?? HeldOutPolicies(setup, pool: pool, ranks: ranks)
    self.policies = policies
    let returns = try policies.returns(
      of: parameters, on: tasks, steps: setup.stepCount, seed: setup.configuration.run.seed,
      iteration: Self.iteration, scoring: false)
    return returns.map { $0[setup.stepCount].mean }.mean
  }
}

extension [Double] {
  /// The mean, of one number at least.
  var mean: Double { reduce(0, +) / Double(count) }
}
