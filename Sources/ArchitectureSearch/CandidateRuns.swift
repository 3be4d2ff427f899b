import Evaluation
import Parts
import Runs
import Training

/// Trains and scores the runs of a search, each as an ordinary run folder, by one worker.
struct CandidateRuns: Sendable {
  /// A run of the search.
  struct Candidate: Sendable {
    /// The name of the run's folder.
    let name: String
    /// The seed of the run.
    let seed: Int
    /// The settings of the run's model, among them the choice of the model, in their order.
    let model: [(key: String, value: String)]
  }

  /// The result of a run that was not stopped.
  enum Ending {
    case completed
    /// A value was not finite: a network that cannot be trained at these rates is a result, too.
    case diverged
  }

  /// A mean accuracy over tasks.
  struct Score {
    let mean: Double
    /// Half of the width of the 95% interval over tasks; nil for a single task.
    let halfWidth: Double?
  }

  /// The settings that all runs share.
  let settings: [ConfigurationSetting]
  let catalog: Catalog
  /// The folder that has the folders of the runs.
  let folder: String

  /// The seed of the tasks for validation and for testing, which are the same for every run.
  private static let evaluationSeed = 1_000

  func runFolder(_ candidate: Candidate) -> RunFolder { RunFolder(path: "\(folder)/\(candidate.name)") }

  private func settings(of candidate: Candidate) -> [ConfigurationSetting] {
    let own = candidate.model + [("seed", String(candidate.seed)), ("workers", "1")]
    return settings + own.map { ConfigurationSetting(key: $0.key, text: .scalar($0.value), origin: .set) }
  }

  func configuration(_ candidate: Candidate) throws(UserError) -> RunConfiguration {
    try RunConfiguration(settings: settings(of: candidate), catalog: catalog)
  }

  /// Trains the iterations that are missing.
  /// - Parameter report: receives the number of iterations that are made, at first of those that an earlier process made.
  /// - Returns: nil where the run was stopped.
  func train(
    _ candidate: Candidate, shouldStop: () -> Bool, report: (_ iterations: Int, _ areEarlier: Bool) -> Void
  ) throws -> Ending? {
    let (folder, wanted) = (runFolder(candidate), try configuration(candidate))
    let run =
      folder.hasRun
      ? try TrainingRun(
        resuming: folder, of: wanted, settings: settings(of: candidate), catalog: catalog, warn: { _ in })
      : try TrainingRun(configuration: wanted, folder: folder, catalog: catalog)
    do {
      report(run.completedIterations, true)
      let outcome = try run.train(shouldStop: shouldStop, report: { report($0.iteration, false) })
      return outcome == .completed ? .completed : nil
    } catch let error as UserError where error.isDivergence {
      return .diverged
    }
  }

  /// Returns the accuracy of a trained run after the inner steps of its training.
  func score(_ candidate: Candidate, on split: EvaluationRequest.Split, tasks: Int) throws -> Score? {
    let (folder, configuration) = (runFolder(candidate), try configuration(candidate))
    let shape = try catalog.makeTrainer(configuration).checkpoint
    let identity = try RunIdentity(configuration)
    guard let checkpoint = try folder.checkpoints.newest(fitting: shape, of: identity, warn: { _ in }) else {
      throw UserError("\(folder.path): expected a checkpoint, found none", status: .missingInput)
    }
    let evaluator = try catalog.makeEvaluator(configuration)
    let request = EvaluationRequest(
      checkpoint: checkpoint.contents, tasks: tasks, steps: evaluator.stepCount, seed: Self.evaluationSeed, split: split
    )
    do {
      let steps = try EvaluationReport.steps(
        of: [evaluator.evaluate(request)], upTo: request.steps, bootstrapSeed: Self.evaluationSeed)
      return steps.last.map { step in Score(mean: step.mean, halfWidth: step.high.map { $0 - step.mean }) }
    } catch let error as UserError where error.isDivergence {
      return nil
    }
  }
}
