import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import Ranks
import Runs
import TensorCore
import Workers

/// A bound on the scores of a run's model, which trains on each task at length: by Adam, from the checkpoint, on ten times
/// the examples of an adaptation. It is scored on the examples that adaptations are scored on.
///
/// Targets have no noise, so that the loss of a predictor that knows the task is zero; the bound says how much of this the
/// model can attain.
struct SupervisedOracle: AdaptationEvaluator {
  private let setup: SupervisedSetup

  private static let updates = 1_000
  private static let exampleFactor = 10
  /// The bounds of the number of examples. A multiple of few shots says little about a task, and very many examples add
  /// nothing.
  private static let exampleCounts = 100...10_000

  /// The definition of the bound in reports.
  static let definition =
    "the checkpoint trained on each task alone by \(updates) steps of Adam on \(exampleFactor) times the shots "
    + "(\(exampleCounts.lowerBound) to \(exampleCounts.upperBound) examples)"

  init(_ configuration: RunConfiguration) throws { setup = try SupervisedSetup(configuration) }

  var stepCount: Int { 0 }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let parameters = try setup.initialParameters.reading(request.checkpoint, prefix: SupervisedSetup.checkpointPrefix)
    let shots = Self.exampleFactor * (request.shots ?? setup.sampling.shots)
    let examples = min(max(shots, Self.exampleCounts.lowerBound), Self.exampleCounts.upperBound)
    let training = OracleTraining(
      setup, parameters.model, try setup.evaluatedTasks(request.split), examples: examples)
    let ranges = setup.chunks(of: request.tasks).ranges
    let pool = setup.configuration.makeWorkerPool()
    return try Ranks.current.map(jobs: ranges.count) { own in
      try pool.map(jobs: own.count) { job, _ in
        let tasks = ranges[own.lowerBound + job]
        let outcomes = try training.outcomes(tasks: tasks, seed: request.seed, updates: Self.updates)
        request.scored?(outcomes.count, request.tasks)
        return outcomes
      }
    }.flatMap { $0 }
  }
}

/// Trains copies of a model on a chunk of tasks side by side, one copy on each task.
private struct OracleTraining: Sendable {
  private let setup: SupervisedSetup
  private let model: Parameters<Float>
  private let distribution: any TaskDistribution
  private let examples: Int
  private let adaptation = Adaptation([Phase(adapted: .all, rule: Adam.steps(rate: 0.01), gradients: .stopped)])

  /// - Parameters:
  ///   - model: the parameters of the model alone, without the meta-parameters of update rules.
  ///   - distribution: the tasks that are evaluated.
  ///   - examples: the number of examples of each task that a copy is trained on.
  init(_ setup: SupervisedSetup, _ model: Parameters<Float>, _ distribution: any TaskDistribution, examples: Int) {
    self.setup = setup
    self.model = model
    self.distribution = distribution
    self.examples = examples
  }

  /// The score of each task after `updates` steps.
  func outcomes(tasks: Range<Int>, seed: Int, updates: Int) throws(UserError) -> [TaskOutcome] {
    var batch = TaskBatch(
      of: distribution, tasks: tasks.count, shots: examples, queries: setup.queryRows)
    batch.fill(at: RandomAddress(seed: UInt64(seed), purpose: .evaluationTasks), from: tasks.lowerBound)
    let parameters = adaptation.metaParameters(startingFrom: model)
    let problem = AdaptationProblem(
      layout: parameters, tasks: tasks.count, support: batch.supportExamples, query: batch.queryExamples,
      supportLosses: { parameters, examples, _ in setup.losses(parameters, examples) },
      queryLosses: { setup.losses($0, $1) })
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: parameters, support: batch.supportExamples)
    for _ in 0..<updates { loop.step() }
    let scores = setup.scores(loop.adapted.read(), batch.queryExamples).scalars
    return try zip(batch.groups, scores).map { group, score throws(UserError) in
      TaskOutcome(group: try setup.configuration.family.declared(group), scores: [Double(score)])
    }
  }
}
