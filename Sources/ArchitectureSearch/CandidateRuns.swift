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

  private func settings(of candidate: Candidate) -> [ConfigurationSetting] {
    let own = candidate.model + [("seed", String(candidate.seed)), ("workers", "1")]
    return settings + own.map { ConfigurationSetting(key: $0.key, text: .scalar($0.value), origin: .set) }
  }

  func configuration(_ candidate: Candidate) throws(UserError) -> RunConfiguration {
    try RunConfiguration(settings: settings(of: candidate), catalog: catalog)
  }

  func planned(_ candidate: Candidate) throws(UserError) -> PlannedRun {
    PlannedRun(in: RunFolder(path: "\(folder)/\(candidate.name)"), try configuration(candidate), catalog: catalog)
  }

  /// Returns the accuracy of a trained run after the inner steps of its training.
  func score(_ candidate: Candidate, on split: EvaluationRequest.Split, tasks: Int) throws -> Score? {
    let planned = try planned(candidate)
    let checkpoint = try planned.checkpoint()
    let evaluator = try catalog.makeEvaluator(planned.configuration)
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
