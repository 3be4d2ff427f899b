import Evaluation
import Parts
import Runs
import Training
import Workers

/// Trains and evaluates the runs of a recipe, several at a time, each by one worker.
///
/// A run whose folder exists is resumed, so that a recipe that was stopped or completed before costs only the missing
/// iterations.
public struct ReproductionRunner: Sendable {
  private let recipe: Recipe
  private let folder: String
  private let isQuick: Bool
  private let workers: Int

  /// The seed of the held-out tasks, which is the same for every run.
  private static let evaluationSeed = 1_000

  /// The progress of a recipe.
  public struct Report: Sendable {
    /// The label of the run that has just been completed, with its seed; nil after an iteration.
    public var run: String?
    /// The number of completed runs, and the number of all runs.
    public var done: Int
    public var all: Int
    /// The number of iterations that are made in all runs, and the number of all.
    public var iterations: Int
    public var allIterations: Int
    /// The number of those that earlier processes made, in the runs that have begun.
    public var earlierIterations: Int
  }

  /// - Parameters:
  ///   - recipe: the recipe to run.
  ///   - folder: the folder in which the runs are stored, in a subfolder with the recipe's name.
  ///   - isQuick: whether to run the recipe's quick form, which takes minutes and shows less.
  ///   - workers: the number of runs at a time.
  public init(_ recipe: Recipe, folder: String, isQuick: Bool, workers: Int) {
    self.recipe = isQuick ? recipe.quick() : recipe
    self.folder = folder
    self.isQuick = isQuick
    self.workers = workers
  }

  /// The result of a run that was not stopped.
  private enum Ending {
    case completed
    /// A value was not finite: that a rate is too large for a method is a result too.
    case diverged
  }

  private struct Job: Sendable {
    let line: Int
    let seed: Int
  }

  /// Trains the missing iterations and evaluates all runs.
  /// - Returns: the table; nil where `shouldStop` ended the work first.
  /// - Throws: `UserError` of the first run that cannot be continued.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (Report) -> Void
  ) throws -> ReproductionTable? {
    let jobs = recipe.lines.indices.flatMap { line in recipe.seeds.map { Job(line: line, seed: $0) } }
    let lengths = try jobs.map { try configuration($0).run.iterations }
    let progress = Locked(
      Report(
        done: 0, all: jobs.count, iterations: 0, allIterations: lengths.reduce(0, +), earlierIterations: 0))
    /// Changes the progress and reports it, from one thread at a time.
    @Sendable func note(_ change: (inout Report) -> Void) {
      progress.withLock { progress in
        progress.run = nil
        change(&progress)
        report(progress)
      }
    }
    let values: [[ReproductionTable.Value?]?] = try WorkerPool(count: workers).map(jobs: jobs.count) { number, _ in
      let job = jobs[number]
      guard !shouldStop() else { return nil }
      var made = 0
      let ending = try train(job, shouldStop: shouldStop) { iteration, isEarlier in
        note { progress in
          progress.iterations += iteration - made
          if isEarlier { progress.earlierIterations += iteration }
        }
        made = iteration
      }
      guard let ending else { return nil }
      let values = ending == .completed ? try evaluate(job) : recipe.columns.map { _ in nil }
      note { progress in
        progress.done += 1
        progress.run = "\(recipe.lines[job.line].label), seed \(job.seed)"
        // A run that diverged makes no more iterations.
        progress.iterations += lengths[number] - made
        progress.earlierIterations += lengths[number] - made
      }
      return values
    }
    let complete = values.compactMap { $0 }
    guard complete.count == jobs.count else { return nil }
    return ReproductionTable(
      recipe, values: Dictionary(grouping: zip(jobs, complete)) { $0.0.line }.mapValues { $0.map(\.1) })
  }

  private func runFolder(_ job: Job) -> RunFolder {
    let label = recipe.lines[job.line].label.lowercased().map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }
    return RunFolder(path: "\(folder)/\(recipe.name)/\(String(label))-seed\(job.seed)")
  }

  private func configuration(_ job: Job) throws(UserError) -> RunConfiguration {
    var settings: [ConfigurationSetting] = []
    for text in recipe.lines[job.line].settings + ["seed=\(job.seed)", "workers=1"] {
      settings.append(try ConfigurationSetting(argument: text))
    }
    var configuration = try RunConfiguration(settings: settings, catalog: .standard)
    if isQuick { configuration[RunSettings.self].iterations = max(1, configuration.run.iterations / 10) }
    return configuration
  }

  /// - Parameter report: receives the number of iterations that are made, at first of those that an earlier process made.
  /// - Returns: the result of the run; nil where it was stopped.
  private func train(
    _ job: Job, shouldStop: () -> Bool, report: (_ iterations: Int, _ areEarlier: Bool) -> Void
  ) throws -> Ending? {
    let (folder, wanted) = (runFolder(job), try configuration(job))
    let run: TrainingRun
    if StoredFile.exists(folder.path) {
      let found = try folder.configuration(catalog: .standard)
      guard found == wanted else {
        throw UserError(
          "\(folder.path): expected a run of the recipe's own settings, found one of others; move it away",
          status: .configuration)
      }
      if try checkpoint(of: folder, wanted)?.iteration == wanted.run.iterations {
        report(wanted.run.iterations, true)
        return .completed
      }
      run = try TrainingRun(resuming: folder, settings: [], catalog: .standard) { _ in }
    } else {
      run = try TrainingRun(configuration: wanted, folder: folder, catalog: .standard)
    }
    do {
      report(run.completedIterations, true)
      let outcome = try run.train(shouldStop: shouldStop, report: { report($0.iteration, false) })
      return outcome == .completed ? .completed : nil
    } catch let error as UserError where error.isDivergence {
      return .diverged
    }
  }

  private func checkpoint(of folder: RunFolder, _ configuration: RunConfiguration) throws -> Checkpoint? {
    let shape = try Catalog.standard.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.newest(fitting: shape, of: RunIdentity(configuration)) { _ in }
  }

  private func evaluate(_ job: Job) throws -> [ReproductionTable.Value?] {
    let (folder, configuration) = (runFolder(job), try configuration(job))
    guard let checkpoint = try checkpoint(of: folder, configuration) else {
      throw UserError("\(folder.path): expected a checkpoint, found none", status: .missingInput)
    }
    let evaluator = try Catalog.standard.makeEvaluator(configuration)
    let own = evaluator.stepCount
    var steps = 0
    for column in recipe.columns {
      if case .score(let step, _, _) = column.quantity { steps = max(steps, step ?? own) }
    }
    // A report is nil where a score is not finite.
    var reports: [Recipe.Column.EvaluatedTasks: [EvaluationReport.Step]?] = [:]
    return try recipe.columns.map { column in
      switch column.quantity {
      case .reference(let name): return try reference(name, for: configuration, after: checkpoint)
      case .metric(let name): return ReproductionTable.Value(mean: try lastMetric(name, of: folder))
      case .score(let step, let tasks, let group):
        if reports[tasks] == nil {
          let request = EvaluationRequest(
            checkpoint: checkpoint.contents, tasks: recipe.evaluationTasks ?? configuration.family.evaluationTasks,
            steps: steps,
            seed: Self.evaluationSeed, shots: tasks.shots, split: tasks.split)
          reports[tasks] = try scores(request, by: evaluator)
        }
        guard let report = reports[tasks]??[step ?? own] else { return nil }
        if let group { return report.groups[group].map { ReproductionTable.Value(mean: $0.mean) } }
        return ReproductionTable.Value(mean: report.mean, halfWidth: report.high.map { $0 - report.mean })
      }
    }
  }

  /// The mean score of a reference line; nil where the family has none of that name. Lines of one configuration but for the
  /// algorithm share the trainings of an oracle within a process.
  private func reference(
    _ name: String, for configuration: RunConfiguration, after checkpoint: Checkpoint
  ) throws -> ReproductionTable.Value? {
    let references = Catalog.standard.references(for: configuration.family)
    guard let reference = references.first(where: { $0.name == name }) else { return nil }
    var request = EvaluationRequest(
      checkpoint: checkpoint.contents, tasks: recipe.evaluationTasks ?? configuration.family.evaluationTasks, steps: 0,
      seed: Self.evaluationSeed)
    request.iterations = checkpoint.iteration
    let evaluator: any AdaptationEvaluator = try reference.makeEvaluator(configuration)
    let report = try EvaluationReport.steps(
      of: [evaluator.evaluate(request)], upTo: 0, bootstrapSeed: Self.evaluationSeed)
    return ReproductionTable.Value(mean: report[0].mean, halfWidth: report[0].high.map { $0 - report[0].mean })
  }

  /// The scores after each number of inner steps; nil where one is not finite: a run that diverges beyond the steps of its
  /// training is a result, too.
  private func scores(_ request: EvaluationRequest, by evaluator: any AdaptationEvaluator) throws -> [EvaluationReport
    .Step]?
  {
    do {
      return try EvaluationReport.steps(
        of: [evaluator.evaluate(request)], upTo: request.steps, bootstrapSeed: Self.evaluationSeed)
    } catch let error as UserError where error.isDivergence {
      return nil
    }
  }

  private func lastMetric(_ name: String, of folder: RunFolder) throws -> Double {
    let table = try MetricsTable(path: folder.metricsPath)
    guard let column = table.columns.firstIndex(of: name), let row = table.rows.last else {
      throw UserError("\(folder.metricsPath): expected a column \(name), found none", status: .malformedData)
    }
    return row[column]
  }
}
