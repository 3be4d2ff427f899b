import Parts
import Runs
import Training

/// An evaluation of one run under its own conditions and of its newest checkpoint.
struct KeptEvaluation {
  /// The scores after 0, 1, ... inner steps, those that were asked for and perhaps more.
  let steps: [EvaluationReport.Step]
  /// The number of held-out tasks; where tasks can be counted, the number of times that each was evaluated.
  let tasks: Int
  /// The iteration of the checkpoint.
  let iteration: Int
  /// The reference scores; nil without any.
  let references: [EvaluationReport.Reference]?

  /// Takes the evaluation in the run's folder where it is of the tasks of the options, and evaluates the run otherwise; the
  /// folder keeps the result as that of `evaluate`, unless it has an evaluation of the same checkpoint by another seed.
  /// - Parameters:
  ///   - options: the number of tasks, the seed and the number of steps, which must be given, and whether references are
  ///     needed; the others have no effect.
  ///   - warn: receives each warning of an evaluation, and a line where the folder does not keep it.
  ///   - progress: receives a line before an evaluation.
  /// - Throws: `UserError` where the evaluation fails.
  init(
    _ folder: RunFolder, _ run: RunConfiguration, options: EvaluationOptions, catalog: Catalog,
    warn: (String) -> Void, progress: (String) -> Void
  ) throws {
    let shotsKey = catalog.learning(of: run).shotsKey
    let stored = StoredEvaluation(of: folder, run, warn: warn)
    if let stored, try stored.answers(options, of: run, in: folder, shotsKey: shotsKey),
      let iteration = stored.iterations.first
    {
      (steps, tasks, references) = (stored.steps, stored.tasks, stored.references)
      self.iteration = iteration
      return
    }
    progress("evaluating \(folder.path)")
    let findings = try RunEvaluation([folder], options: options, catalog: catalog, warn: warn).findings()
    let report = findings.report
    if let stored, let reason = stored.reasonToStay(beforeUnasked: report, of: run, shotsKey: shotsKey) {
      warn("\(folder.evaluationPath) \(reason), and stays as it is; this evaluation is not kept")
    } else {
      try findings.store(warn: warn)
    }
    (steps, tasks, references) = (report.steps, report.tasks, report.references)
    iteration = report.iterations[0]
  }
}

extension EvaluationReport.Step {
  /// Whether the tasks can be counted, which are the groups, and each was evaluated so many times.
  func isOfCountedTasks(each times: Int) -> Bool { !groups.isEmpty && values.count == times * groups.count }
}

extension StoredEvaluation {
  /// Returns why this evaluation is kept instead of one that nobody asked the run's folder to have; nil where it is replaced.
  fileprivate func reasonToStay(
    beforeUnasked report: EvaluationReport, of run: RunConfiguration, shotsKey: String?
  ) -> String? {
    if let reason = reasonToStay(before: report, of: run, shotsKey: shotsKey) { return reason }
    guard let evaluationSeed, evaluationSeed != report.evaluationSeed, iterations == report.iterations,
      isStandard(for: run, shotsKey: shotsKey)
    else { return nil }
    return "is of the tasks of seed \(evaluationSeed), and not of \(report.evaluationSeed)"
  }

  /// Returns whether this is an evaluation of a run's own conditions, of its newest checkpoint and with these options.
  fileprivate func answers(
    _ options: EvaluationOptions, of run: RunConfiguration, in folder: RunFolder, shotsKey: String?
  ) throws(UserError) -> Bool {
    guard isStandard(for: run, shotsKey: shotsKey), tasks == options.tasks, evaluationSeed == options.seed,
      iterations == (try folder.checkpoints.iterations()).suffix(1), let count = steps.last?.values.count, count > 0,
      // A task that can be counted has as many values as it was evaluated times.
      count.isMultiple(of: tasks), steps.allSatisfy({ $0.values.count == count })
    else { return false }
    return options.steps.map { $0 < steps.count } ?? true && (!options.includesReferences || references != nil)
  }
}
