package import Parts
public import Runs

/// What `evaluation.json` holds and `evaluate --json` prints; programs read these names.
public struct EvaluationReport: Encodable, Equatable, Sendable {
  /// The scores after `k` inner steps.
  public struct Step: Encodable, Equatable, Sendable {
    /// Inner steps before the scores.
    public var k: Int
    /// Mean over all tasks.
    public var mean: Double
    /// Lower bound of the 95% interval of the mean, stratified by group; nil where a group has a single task, which has none.
    public var low: Double?
    /// Upper bound of that interval.
    public var high: Double?
    /// The mean of each group of tasks, by its name.
    public var groups: [String: Double]

    /// One flat object: the groups stand beside the other numbers.
    public func encode(to encoder: any Encoder) throws {
      var numbers = encoder.container(keyedBy: ScoreColumn.self)
      try numbers.encode(k, forKey: .k)
      try numbers.encode(mean, forKey: .mean)
      try numbers.encode(low, forKey: .low)
      try numbers.encode(high, forKey: .high)
      var container = encoder.container(keyedBy: DeclaredName.self)
      for (group, mean) in groups { try container.encode(mean, forKey: DeclaredName(stringValue: group)) }
    }
  }

  /// Name of the task family.
  public var task: String
  /// Name of the algorithm.
  public var algorithm: String
  /// The seeds of the training runs that were evaluated, in the order in which the runs were given.
  public var seeds: [Int]
  /// How many held-out tasks; where tasks can be counted, how many times each of them.
  public var tasks: Int
  /// How many tasks there were in all. The file does not hold it, nor the order of the groups.
  public var allTasks: Int
  /// The groups of tasks, in the order that the family declares.
  public var groups: [String]
  /// What varies within `low` and `high`: "tasks" of one run, which cannot tell how much its seed matters; "seeds and
  /// tasks" of several.
  public var intervalOver: String
  /// What the mean is of: "return", "loss", "accuracy".
  public var measure: String
  /// The meta-iteration of each run's checkpoint.
  public var iterations: [Int]
  /// The seed of the held-out tasks.
  public var evaluationSeed: Int
  /// Examples that a task adapts to; nil where it adapts to episodes.
  public var shots: Int?
  /// Which held-out tasks they were; nil where it was not asked for.
  public var split: EvaluationRequest.Split?
  /// The values of conditions that were chosen anew, such as the engine of a simulation, by their keys. They stand beside the
  /// other entries of the file.
  public var conditions: [String: String]
  /// By k, from 0.
  public var steps: [Step]
  /// What the scores are to be compared with, where that was asked for.
  public var references: [Reference]?

  /// Scores on the same tasks by other means than what was learned.
  public struct Reference: Encodable, Equatable, Sendable {
    /// "random" or "oracle".
    public var name: String
    /// What it is, in a line.
    public var definition: String
    /// By k, from 0; an oracle has no inner steps, and k = 0 alone.
    public var steps: [Step]
  }

  /// One flat object: the conditions stand beside the other entries.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: EvaluationEntry.self)
    try container.encode(task, forKey: .task)
    try container.encode(algorithm, forKey: .algorithm)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(tasks, forKey: .tasks)
    try container.encode(intervalOver, forKey: .intervalOver)
    try container.encode(measure, forKey: .measure)
    try container.encode(iterations, forKey: .iterations)
    try container.encode(evaluationSeed, forKey: .evaluationSeed)
    try container.encodeIfPresent(shots, forKey: .shots)
    try container.encodeIfPresent(split, forKey: .split)
    try container.encode(steps, forKey: .steps)
    try container.encodeIfPresent(references, forKey: .references)
    var others = encoder.container(keyedBy: DeclaredName.self)
    for (key, value) in conditions { try others.encode(value, forKey: DeclaredName(stringValue: key)) }
  }
}

/// A name in `evaluation.json` that a part declares: that of a group of tasks, or of a condition.
struct DeclaredName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension EvaluationReport {
  /// The statistics of outcomes, by k.
  /// - Parameters:
  ///   - runs: the outcomes of each run, on the same tasks in the same order.
  ///   - steps: the largest k.
  ///   - bootstrapSeed: the seed of the random numbers behind the intervals of several runs.
  ///   - drawsGroups: whether chance says how many tasks a group has, so that what lies between the groups is uncertain, too;
  ///     otherwise each has as many as were asked for.
  /// - Throws: `UserError` where a score is not finite: a run has diverged.
  package static func steps(
    of runs: [[TaskOutcome]], upTo steps: Int, bootstrapSeed: Int, drawsGroups: Bool = false
  ) throws(UserError) -> [Step] {
    precondition(runs.allSatisfy { !$0.isEmpty && $0.map(\.group) == runs[0].map(\.group) }, "runs on different tasks")
    let groups = runs[0].map(\.group)
    // One run: Student's interval of the mean over tasks. Several: seeds vary, too. Either is stratified where as many tasks
    // of each group as were asked for are evaluated: what lies between the groups is then no uncertainty.
    let strataNames = drawsGroups ? groups.map { _ in nil } : groups
    let strata = Dictionary(grouping: groups.indices) { strataNames[$0] ?? "" }.values.sorted { $0[0] < $1[0] }
    let hasIntervals = strata.allSatisfy { $0.count > 1 }
    let bootstrap =
      runs.count > 1 ? HierarchicalBootstrap(runs: runs.count, groups: strataNames, seed: bootstrapSeed) : nil
    var result: [Step] = []
    for k in 0...steps {
      let scores = runs.map { outcomes in
        outcomes.map { outcome in
          precondition(outcome.scores.count == steps + 1, "expected \(steps + 1) scores, not \(outcome.scores.count)")
          return outcome.scores[k]
        }
      }
      guard scores.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
        throw UserError(
          "the checkpoint scores no finite number after \(k) steps: the training has diverged", status: .malformedData,
          isDivergence: true)
      }
      let all = SampleSummary(strata: strata.map { tasks in scores.flatMap { run in tasks.map { run[$0] } } })
      // A stratum of one task says nothing of what lies between tasks, whatever number of runs meets it: resamples would have
      // that task each time.
      let interval = hasIntervals ? bootstrap?.interval(of: scores) ?? all.interval : nil
      let byGroup = Dictionary(grouping: groups.indices.filter { groups[$0] != nil }) { groups[$0] ?? "" }
      result.append(
        Step(
          k: k, mean: all.mean, low: interval?.lowerBound, high: interval?.upperBound,
          groups: byGroup.mapValues { tasks in SampleSummary(scores.flatMap { run in tasks.map { run[$0] } }).mean }))
    }
    return result
  }
}
