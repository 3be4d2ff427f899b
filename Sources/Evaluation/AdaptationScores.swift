public import Parts
public import Runs
import Training

/// The scores of runs after 0, 1, ... inner steps on the same held-out tasks.
public struct AdaptationScores: Sendable {
  /// The scores of one run.
  public struct Run: Sendable {
    /// The iteration of the checkpoint.
    public let iteration: Int
    /// The scores by the number of inner steps, from 0.
    public let steps: [EvaluationReport.Step]

    /// Creates scores.
    package init(iteration: Int, steps: [EvaluationReport.Step]) { (self.iteration, self.steps) = (iteration, steps) }
  }

  /// What is drawn around a mean.
  public enum Spread: Sendable {
    /// The lowest and the highest mean of a run; of one run, score of a task.
    case range
    /// The 95% interval of the mean over seeds and tasks; of one run, over tasks.
    case interval
    /// One standard error of the mean on either side: over seeds; of one run, over tasks.
    case standardError
  }

  /// The quantity that a score measures: "return", "loss" or "accuracy".
  public let measure: String
  /// The seed of the tasks.
  public let evaluationSeed: Int
  /// The scores of each run, in the order in which the runs were given.
  public let runs: [Run]
  /// Whether the tasks are draws of a distribution, rather than each a fixed number of times.
  private let drawsTasks: Bool

  package init(measure: String, evaluationSeed: Int, runs: [Run], drawsTasks: Bool) {
    (self.measure, self.evaluationSeed, self.runs, self.drawsTasks) = (measure, evaluationSeed, runs, drawsTasks)
  }

  /// Reads the evaluations in the runs' folders, and evaluates the runs whose folders have none of the same tasks and of as
  /// many steps; those folders keep the results as after `evaluate`, but none in the place of one of another seed.
  /// - Parameters:
  ///   - folders: runs on one task family.
  ///   - steps: the number of inner steps; where nil, the greatest of those of the evaluations in the folders and of the
  ///     trainings, so that runs which differ in their seeds only have as many.
  ///   - seed: the seed of the tasks; where nil, that of the first evaluation in a folder, or else the first run's. Their
  ///     number is that evaluation's, too, or else the family's.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives each warning of an evaluation.
  ///   - progress: receives a line before each evaluation.
  /// - Throws: `UserError` where the runs are on other tasks, or have no checkpoint.
  public init(
    _ folders: [RunFolder], steps: Int?, seed: Int?, catalog: Catalog, warn: (String) -> Void,
    progress: (String) -> Void
  ) throws {
    let configurations = try folders.map { folder throws(UserError) in try folder.configuration(catalog: catalog) }
    for (folder, run) in zip(folders, configurations) where run.taskName != configurations[0].taskName {
      throw UserError(
        "\(folder.path): expected a run on \(configurations[0].taskName) as \(folders[0].path), found one on "
          + run.taskName, status: .usage)
    }
    // What does not fit its run is told below, where each evaluation is taken or made.
    let stored = zip(folders, configurations).map { StoredEvaluation(of: $0, $1, warn: { _ in }) }
    let evaluationSeed =
      seed ?? stored.lazy.compactMap { $0?.evaluationSeed }.first ?? configurations[0].run.seed
    let family = configurations[0].family
    let tasks = stored.lazy.compactMap { $0?.tasks }.first ?? family.evaluationTasks
    let trained = try configurations.map { try catalog.makeEvaluator($0).stepCount }
    let evaluated = stored.flatMap { $0?.steps.map(\.k) ?? [] }
    let count = steps ?? (trained + evaluated).max() ?? 0
    var drawsTasks = true
    var runs: [Run] = []
    for (index, folder) in folders.enumerated() {
      let kept = try KeptEvaluation(
        folder, configurations[index],
        options: EvaluationOptions(tasks: tasks, steps: count, seed: evaluationSeed), catalog: catalog,
        warn: warn, progress: progress)
      drawsTasks = !kept.steps[0].isOfCountedTasks(each: kept.tasks)
      runs.append(Run(iteration: kept.iteration, steps: Array(kept.steps.prefix(count + 1))))
    }
    self.init(measure: family.measure, evaluationSeed: evaluationSeed, runs: runs, drawsTasks: drawsTasks)
  }

  /// Returns the mean after each number of steps, and what is around it, of the seeds of one experiment or of one run.
  /// - Parameters:
  ///   - members: the numbers of the runs, which have made as many steps.
  ///   - spread: what is around the mean; nil for nothing.
  /// - Throws: `UserError` where a score is not finite.
  public func points(
    of members: [Int], spread: Spread?
  ) throws(UserError) -> [(k: Int, mean: Double, low: Double?, high: Double?)] {
    let chosen = members.map { runs[$0] }
    let last = chosen[0].steps.count - 1
    let outcomes = chosen.map { TaskOutcome.all($0.steps) }
    let report = try EvaluationReport.steps(
      of: outcomes, upTo: last, bootstrapSeed: evaluationSeed, drawsGroups: drawsTasks,
      possible: EvaluationReport.possibleScores(of: measure))
    return report.map { step in
      let bounds = spread.flatMap { Self.bounds(of: step, runs: outcomes, $0, drawsTasks: drawsTasks) }
        .map { $0.clamped(to: EvaluationReport.possibleScores(of: measure)) }
      return (step.k, step.mean, bounds?.lowerBound, bounds?.upperBound)
    }
  }

  private static func bounds(
    of step: EvaluationReport.Step, runs: [[TaskOutcome]], _ spread: Spread, drawsTasks: Bool
  ) -> ClosedRange<Double>? {
    let scores = runs.map { $0.map { $0.scores[step.k] } }
    // Of one run, its tasks are the sample; of several, their means.
    let sample = scores.count == 1 ? scores[0] : scores.map { $0.reduce(0, +) / Double($0.count) }
    switch spread {
    case .range: return sample.min().flatMap { low in sample.max().map { low...$0 } }
    case .interval: return step.low.flatMap { low in step.high.map { low...$0 } }
    case .standardError:
      let tasks = Dictionary(grouping: runs[0].indices) { drawsTasks ? "" : runs[0][$0].group ?? "" }
      let groups = tasks.sorted { $0.key < $1.key }.map(\.value)
      let strata = scores.count == 1 ? groups.map { $0.map { sample[$0] } } : [sample]
      return SampleSummary(strata: strata).standardError.map { step.mean - $0...step.mean + $0 }
    }
  }
}
