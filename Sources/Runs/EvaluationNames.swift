/// The names of the entries of `evaluation.json`, which also has an entry for each condition.
package enum EvaluationEntry: String, CaseIterable, Sendable, CodingKey {
  case task, algorithm, seeds, tasks, measure, iterations, shots, split, steps, references
  case intervalOver = "interval_over"
  case evaluationSeed = "evaluation_seed"
  case parameterHashes = "parameter_hashes"
  case adaptationEpisodes = "adaptation_episodes"
  case scoredEpisodes = "scored_episodes"
}

/// The names of the numbers in a row of `evaluation.json`, which also has the scores of the groups of tasks.
package enum ScoreColumn: String, CaseIterable, Sendable, CodingKey {
  /// The number of inner steps before the scores.
  case k
  /// The mean score over all tasks.
  case mean
  /// The lower bound of the interval of the mean.
  case low
  /// The upper bound of the interval of the mean.
  case high
  /// The mean scores of the groups of tasks, with their intervals.
  case groups
  /// The score of each task of each run.
  case values
}
