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
  /// folder keeps the result as that of `evaluate`.
  /// - Parameters:
  ///   - options: the number of tasks, the seed and the number of steps, which must be given, and whether references are
  ///     needed; the others have no effect.
  ///   - warn: receives each warning of an evaluation.
  ///   - progress: receives a line before an evaluation.
  /// - Throws: `UserError` where the evaluation fails.
  init(
    _ folder: RunFolder, _ run: RunConfiguration, options: EvaluationOptions, catalog: Catalog,
    warn: (String) -> Void, progress: (String) -> Void
  ) throws {
    let shotsKey = catalog.learning(of: run).shotsKey
    if let stored = StoredEvaluation(path: folder.evaluationPath),
      try stored.answers(options, of: run, in: folder, shotsKey: shotsKey), let iteration = stored.iterations.first
    {
      (steps, tasks, references) = (stored.steps, stored.tasks, stored.references)
      self.iteration = iteration
      return
    }
    progress("evaluating \(folder.path)")
    let findings = try RunEvaluation([folder], options: options, catalog: catalog, warn: warn).findings()
    try findings.store(warn: { _ in })
    let report = findings.report
    (steps, tasks, references) = (report.steps, report.tasks, report.references)
    iteration = report.iterations[0]
  }
}

extension StoredEvaluation {
  /// Returns whether this is an evaluation of a run's own conditions, of its newest checkpoint and with these options.
  fileprivate func answers(
    _ options: EvaluationOptions, of run: RunConfiguration, in folder: RunFolder, shotsKey: String?
  ) throws(UserError) -> Bool {
    guard isStandard(for: run, shotsKey: shotsKey), tasks == options.tasks, evaluationSeed == options.seed,
      iterations == (try folder.checkpoints.iterations()).suffix(1), let last = steps.last, !last.values.isEmpty,
      steps.allSatisfy({ [tasks, tasks * $0.groups.count].contains($0.values.count) })
    else { return false }
    return options.steps.map { $0 < steps.count } ?? true && (!options.includesReferences || references != nil)
  }
}
