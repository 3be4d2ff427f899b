import Environments
import Parts
import PolicyLearning
import RandomStreams
import Runs
import Workers

/// Adapts a trained policy to held-out tasks and reports the returns before and after every inner step.
struct PolicyEvaluator: AdaptationEvaluator {
  private let setup: PolicySetup

  /// The iteration of evaluation's random numbers. Those of training have iterations from 1 on, so that no episode of
  /// training is drawn again.
  private static let iteration = 0

  init(_ configuration: RunConfiguration) throws { setup = try PolicySetup(configuration) }

  var stepCount: Int { setup.stepCount }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let count = setup.objective.exploration == nil ? RandomAddress.adaptationStepCount : RandomAddress.secondEpisodes
    let most = count - 1
    guard request.steps <= most else {
      throw UserError(
        "--steps: expected at most \(most) inner steps of a policy, which draws episodes for "
          + "each, found \(request.steps)", status: .usage)
    }
    let (setup, programs) = (setup, PolicyAdaptationPrograms(setup))
    let parameters = try setup.initialParameters.reading(request.checkpoint, prefix: PolicySetup.checkpointPrefix)
    let tasks = heldOutTasks(request)
    let pool = setup.configuration.makeWorkerPool()
    let adapters = WorkerLocal(pool) { Result { try TaskAdapter(setup, programs) } }
    return try Divergence.explained(setup.configuration) {
      try pool.map(jobs: tasks.count) { task, worker in
        let address = RandomAddress(
          seed: UInt64(request.seed), purpose: .actionNoise, iteration: Self.iteration, task: task)
        let returns = try adapters[worker].get().adapt(
          parameters, to: tasks[task], steps: request.steps, at: address)
        return TaskOutcome(group: try setup.family.declared(tasks[task].group), scores: returns)
      }
    }
  }

  /// The held-out tasks: as many of every task as were requested, where there are finitely many; that many draws
  /// otherwise.
  private func heldOutTasks(_ request: EvaluationRequest) -> [EnvironmentTask] {
    let distribution = setup.family.tasks
    guard distribution.tasks.isEmpty else {
      return distribution.tasks.flatMap { Array(repeating: $0, count: request.tasks) }
    }
    var stream = RandomAddress(seed: UInt64(request.seed), purpose: .evaluationTasks).stream
    return (0..<request.tasks).map { _ in distribution.sample(from: &stream) }
  }
}
