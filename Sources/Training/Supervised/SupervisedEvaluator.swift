import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import Ranks
import Runs
import TensorCore
import Workers

/// Adapts a trained model to held-out tasks and reports their scores before and after every inner step.
struct SupervisedEvaluator: AdaptationEvaluator {
  private let setup: SupervisedSetup

  init(_ configuration: RunConfiguration) throws { setup = try SupervisedSetup(configuration) }

  var stepCount: Int { setup.stepCount }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let setup = try setup(for: request).normalized(by: request.checkpoint)
    let programs = SupervisedPrograms(setup)
    let distribution = try setup.evaluatedTasks(request.split)
    let parameters = try setup.initialParameters.reading(request.checkpoint, prefix: SupervisedSetup.checkpointPrefix)
    let ranges = setup.chunks(of: request.tasks).ranges
    let pool = setup.configuration.makeWorkerPool()
    return try Ranks.current.map(jobs: ranges.count) { own in
      try pool.map(jobs: own.count) { job, _ in
        let tasks = ranges[own.lowerBound + job]
        let outcomes = try Self.outcomes(setup, programs, parameters, distribution, tasks: tasks, request)
        request.scored?(tasks.count, request.tasks)
        return outcomes
      }
    }.flatMap { $0 }
  }

  /// The run's setup with the requested number of shots. A data set may have too few images for it.
  private func setup(for request: EvaluationRequest) throws(UserError) -> SupervisedSetup {
    guard let shots = request.shots, shots != setup.sampling.shots else { return setup }
    var configuration = setup.configuration
    configuration[SupervisedSampling.self].shots = shots
    return try SupervisedSetup(configuration)
  }

  /// The scores of a chunk of tasks.
  private static func outcomes(
    _ setup: SupervisedSetup, _ programs: SupervisedPrograms, _ parameters: MetaParameters<Float>,
    _ distribution: any TaskDistribution, tasks: Range<Int>, _ request: EvaluationRequest
  ) throws(UserError) -> [TaskOutcome] {
    var batch = TaskBatch(
      of: distribution, tasks: tasks.count, shots: setup.supportRows, queries: setup.queryRows)
    let address = RandomAddress(seed: UInt64(request.seed), purpose: .evaluationTasks)
    batch.fill(at: address, from: tasks.lowerBound)
    let loop = programs.innerLoop(tasks: tasks.count).makeLoop()
    let scoring = programs.scores(tasks: tasks.count).makeWorkspace()
    loop.restart(
      from: parameters, support: batch.supportExamples, noise: setup.noise.values(tasks: tasks, at: address))
    scoring.inputs.model.write(parameters.model)
    scoring.inputs.query.write(batch.queryExamples)
    let scores = (0...request.steps).map { step in
      if step > 0 { loop.step() }
      scoring.inputs.own.copy(from: loop.adapted)
      scoring.run()
      return scoring.outputs.scalars
    }
    return try batch.groups.enumerated().map { task, group throws(UserError) in
      TaskOutcome(
        group: try setup.configuration.family.declared(group), scores: scores.map { Double($0[task]) })
    }
  }
}
