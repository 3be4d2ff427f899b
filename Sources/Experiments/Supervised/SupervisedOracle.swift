import FewShotTasks
import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore
import Workers

/// What a run's model can do on a task that it may study at length: it trains from the checkpoint on ten times the
/// examples that an adaptation has, by Adam, and is scored on the examples that adaptations are scored on.
///
/// Targets carry no noise, so that one who knows the task has no loss at all; this line says what of that is within the
/// model's reach.
struct SupervisedOracle: AdaptationEvaluator {
  private let setup: SupervisedSetup

  private static let updates = 1_000
  private static let exampleFactor = 10
  /// Few shots say little of a task, whatever their multiple; many do not get more useful.
  private static let exampleCounts = 100...10_000

  /// For reports.
  static let definition =
    "the checkpoint trained on each task alone by \(updates) steps of Adam on \(exampleFactor) times the shots "
    + "(\(exampleCounts.lowerBound) to \(exampleCounts.upperBound) examples)"

  init(_ configuration: RunConfiguration) throws { setup = try SupervisedSetup(configuration) }

  var stepCount: Int { 0 }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let checkpoint = try setup.initialParameters.reading(request.checkpoint, prefix: SupervisedSetup.checkpointPrefix)
    // The model alone: what an algorithm's inner loop learned of its own has no use here.
    let parameters = checkpoint.removing(prefixes: [Adaptation.rulePrefix])
    let shots = Self.exampleFactor * (request.shots ?? setup.sampling.shots)
    let examples = min(max(shots, Self.exampleCounts.lowerBound), Self.exampleCounts.upperBound)
    let training = OracleTraining(setup, parameters, examples: examples)
    let ranges = setup.chunks(of: request.tasks).ranges
    let scores = try setup.configuration.makeWorkerPool().map(jobs: ranges.count) { chunk, _ in
      training.scores(tasks: ranges[chunk], seed: request.seed, updates: Self.updates)
    }
    return scores.flatMap { $0 }.map { TaskOutcome(scores: [Double($0)]) }
  }
}

/// Trains copies of a model on a chunk of tasks side by side, each on its own task.
private struct OracleTraining: Sendable {
  private let setup: SupervisedSetup
  private let parameters: Parameters<Float>
  private let examples: Int
  private let adaptation = Adaptation(
    adapted: .all, rule: AdamStep(rate: 0.01, meanDecay: 0.9), metaGradient: .firstOrder)

  init(_ setup: SupervisedSetup, _ parameters: Parameters<Float>, examples: Int) {
    self.setup = setup
    self.parameters = parameters
    self.examples = examples
  }

  /// The score of each task after `updates` steps.
  func scores(tasks: Range<Int>, seed: Int, updates: Int) -> [Float] {
    var batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks.count, shots: examples, queries: setup.sampling.queries)
    batch.fill(at: RandomAddress(seed: UInt64(seed), purpose: .evaluationTasks), from: tasks.lowerBound)
    let start = adaptation.start(parameters, tasks: tasks.count)
    let loop = IteratedProgram(state: start, constants: batch.supportExamples) { state, examples in
      (adaptation.step(state) { setup.losses($0, examples).sum() }, NoTensors())
    }.makeWorkspace()
    loop.state.write(start)
    loop.constants.write(batch.supportExamples)
    for _ in 0..<updates { loop.step() }
    return setup.scores(loop.state.read(), batch.queryExamples).scalars
  }
}
