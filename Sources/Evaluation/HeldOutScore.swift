import Parts
package import Runs

/// The newest score of a run on held-out tasks after its inner steps.
package struct HeldOutScore {
  /// The mean score.
  package let value: Double
  /// The iteration after which the run had it.
  package let iteration: Int

  /// Finds the newer one of the training's looks at held-out tasks and of the evaluation in the run's folder; nil where the
  /// run has neither.
  /// - Parameter metrics: the table of the run; nil where it has none yet.
  package init?(of folder: RunFolder, _ run: RunConfiguration, metrics: MetricsTable?, catalog: Catalog) {
    let looks = metrics?.column(MetricsTable.heldOutReturn) ?? []
    let iterations = metrics?.column("iteration") ?? []
    let look: (iteration: Int, score: Double)? = Array(zip(iterations, looks)).last { $0.1.isFinite }.flatMap {
      iteration, score in Int(exactly: iteration).map { ($0, score) }
    }
    let stored = StoredEvaluation(of: folder, run, warn: { _ in })
    let isStandard = stored?.isStandard(for: run, shotsKey: catalog.learning(of: run).shotsKey) ?? false
    let evaluated: (iteration: Int, score: Double)? = stored.flatMap { stored in
      stored.steps.last.map { (stored.iterations[0], $0.mean) }
    }
    // An evaluation has more tasks than a look.
    if isStandard, let evaluated, evaluated.iteration >= look?.iteration ?? 0 {
      (iteration, value) = evaluated
    } else if let look {
      (iteration, value) = look
    } else {
      return nil
    }
  }
}
