/// The entries of `evaluation.json`, which has those of conditions beside them.
package enum EvaluationEntry: String, CaseIterable, Sendable, CodingKey {
  case task, algorithm, seeds, tasks, measure, iterations, shots, split, steps, references
  case intervalOver = "interval_over"
  case evaluationSeed = "evaluation_seed"
}

/// The numbers of a row of `evaluation.json`, which has those of the groups of tasks beside them.
package enum ScoreColumn: String, CaseIterable, Sendable, CodingKey {
  /// Inner steps before the scores.
  case k
  /// The mean over all tasks.
  case mean
  /// The lower bound of the interval of the mean.
  case low
  /// The upper bound of the interval of the mean.
  case high
}
