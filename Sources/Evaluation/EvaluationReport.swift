package import Parts
public import Runs

/// The report that `evaluation.json` holds and `evaluate --json` prints; programs read these names.
public struct EvaluationReport: Encodable, Equatable, Sendable {
  /// The scores after `k` inner steps.
  public struct Step: Codable, Equatable, Sendable {
    /// The number of inner steps before the scores.
    public var k: Int
    /// The mean score over all tasks.
    public var mean: Double
    /// The lower bound of the 95% interval of the mean, stratified by group; nil where a group has a single task.
    public var low: Double?
    /// The upper bound of the 95% interval of the mean; nil where `low` is nil.
    public var high: Double?
    /// The scores of each group of tasks, by the name of the group.
    public var groups: [String: Group]
    /// The score of each task of each run.
    public var values: [Value]

    /// The scores of a group of tasks.
    public struct Group: Codable, Equatable, Sendable {
      /// The mean score over the tasks of the group.
      public var mean: Double
      /// The bounds of the 95% interval of the mean; nil where the group has a single task.
      public var low: Double?
      public var high: Double?

      public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mean, forKey: .mean)
        try container.encode(low, forKey: .low)
        try container.encode(high, forKey: .high)
      }
    }

    /// The score of a task.
    public struct Value: Codable, Equatable, Sendable {
      /// The number of the task among those of the evaluation, from 0; the same in every run.
      public var task: Int
      /// The group of the task; nil where the family declares none.
      public var group: String?
      /// The seed of the training run.
      public var seed: Int
      /// The score.
      public var value: Double
      /// The return of each episode, whose mean is the score; nil where they were not asked for.
      public var episodes: [Double]?
    }

    /// Creates the scores after `k` inner steps.
    public init(
      k: Int, mean: Double, low: Double?, high: Double?, groups: [String: Group] = [:], values: [Value] = []
    ) {
      (self.k, self.mean, self.low, self.high, self.groups, self.values) = (k, mean, low, high, groups, values)
    }

    /// Decodes an object; one of an earlier version has neither values nor intervals of the groups.
    public init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: ScoreColumn.self)
      self.init(
        k: try container.decode(Int.self, forKey: .k), mean: try container.decode(Double.self, forKey: .mean),
        low: try container.decodeIfPresent(Double.self, forKey: .low),
        high: try container.decodeIfPresent(Double.self, forKey: .high),
        groups: try container.decodeIfPresent([String: Group].self, forKey: .groups) ?? [:],
        values: try container.decodeIfPresent([Value].self, forKey: .values) ?? [])
    }

    /// Encodes one object, which has the means of the groups as entries beside the other numbers, too.
    public func encode(to encoder: any Encoder) throws {
      var numbers = encoder.container(keyedBy: ScoreColumn.self)
      try numbers.encode(k, forKey: .k)
      try numbers.encode(mean, forKey: .mean)
      try numbers.encode(low, forKey: .low)
      try numbers.encode(high, forKey: .high)
      try numbers.encode(groups, forKey: .groups)
      try numbers.encode(values, forKey: .values)
      var container = encoder.container(keyedBy: DeclaredName.self)
      for (name, group) in groups { try container.encode(group.mean, forKey: DeclaredName(stringValue: name)) }
    }
  }

  /// The name of the task family.
  public var task: String
  /// The name of the algorithm.
  public var algorithm: String
  /// The seeds of the training runs that were evaluated, in the order in which the runs were given.
  public var seeds: [Int]
  /// The number of held-out tasks; where tasks can be counted, the number of times that each was evaluated.
  public var tasks: Int
  /// The total number of tasks. The file holds neither this number nor the order of the groups.
  public var allTasks: Int
  /// The groups of tasks, in the order that the family declares.
  public var groups: [String]
  /// Whether the tasks are others than those of training. The file does not hold it.
  public var hasNewTasks = true
  /// The variation that `low` and `high` include: "tasks" for one run, whose seed may also matter; "seeds and tasks" for
  /// several runs.
  public var intervalOver: String
  /// The quantity that a score measures: "return", "loss" or "accuracy".
  public var measure: String
  /// The meta-iteration of each run's checkpoint.
  public var iterations: [Int]
  /// The hash of each run's parameters, as its `hashes.csv` has it.
  public var parameterHashes: [String] = []
  /// The seed of the held-out tasks.
  public var evaluationSeed: Int
  /// The number of examples to which a task adapts; nil where it adapts to episodes.
  public var shots: Int?
  /// The division from which the tasks were drawn; nil where the options name none.
  public var split: EvaluationRequest.Split?
  /// The numbers of episodes where they are others than the runs'.
  public var episodes: EvaluationRequest.EpisodeCounts?
  /// The values of the conditions that the options change, such as the engine of a simulation, by their keys. They are
  /// entries of the file beside the others.
  public var conditions: [String: String]
  /// The scores by the number of inner steps k, from 0.
  public var steps: [Step]
  /// The reference scores, where the options include them.
  public var references: [Reference]?

  /// Reference scores on the same tasks, without the learned parameters.
  public struct Reference: Codable, Equatable, Sendable {
    /// The name of the reference: "random", "oracle", or that of a method of the task family.
    public var name: String
    /// One line that defines the reference.
    public var definition: String
    /// The scores by the number of inner steps k, from 0; all but "random" have no inner steps and only k = 0.
    public var steps: [Step]
  }

  /// Encodes one flat object, which has the conditions as entries beside the others.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: EvaluationEntry.self)
    try container.encode(task, forKey: .task)
    try container.encode(algorithm, forKey: .algorithm)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(tasks, forKey: .tasks)
    try container.encode(intervalOver, forKey: .intervalOver)
    try container.encode(measure, forKey: .measure)
    try container.encode(iterations, forKey: .iterations)
    try container.encode(parameterHashes, forKey: .parameterHashes)
    try container.encode(evaluationSeed, forKey: .evaluationSeed)
    try container.encodeIfPresent(shots, forKey: .shots)
    try container.encodeIfPresent(split, forKey: .split)
    try container.encodeIfPresent(episodes?.adaptation, forKey: .adaptationEpisodes)
    try container.encodeIfPresent(episodes?.scored, forKey: .scoredEpisodes)
    try container.encode(steps, forKey: .steps)
    try container.encodeIfPresent(references, forKey: .references)
    var others = encoder.container(keyedBy: DeclaredName.self)
    for (key, value) in conditions { try others.encode(value, forKey: DeclaredName(stringValue: key)) }
  }
}

/// A name in `evaluation.json` that a part declares: the name of a group of tasks or of a condition.
struct DeclaredName: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension EvaluationReport {
  /// The scores that there can be of a measure.
  package static func possibleScores(of measure: String) -> ClosedRange<Double> {
    switch measure {
    case "accuracy": 0...1
    case "loss": 0 ... .infinity
    default: -.infinity ... .infinity
    }
  }

  /// Returns the statistics of outcomes by the number of inner steps k.
  /// - Parameters:
  ///   - runs: the outcomes of each run, on the same tasks in the same order.
  ///   - seeds: the seed of each run; nil for their numbers.
  ///   - steps: the largest k.
  ///   - possible: the scores that there can be: no interval goes beyond them.
  ///   - bootstrapSeed: the seed of the random numbers for the intervals of several runs.
  ///   - drawsGroups: whether the number of tasks in a group is random, so that differences between the groups add to the
  ///     uncertainty; otherwise each group has a fixed number of tasks.
  /// - Throws: `UserError` where a score is not finite, since a run has diverged.
  package static func steps(
    of runs: [[TaskOutcome]], seeds: [Int]? = nil, upTo steps: Int, bootstrapSeed: Int, drawsGroups: Bool = false,
    possible: ClosedRange<Double> = -.infinity ... .infinity
  ) throws(UserError) -> [Step] {
    precondition(runs.allSatisfy { !$0.isEmpty && $0.map(\.group) == runs[0].map(\.group) }, "runs on different tasks")
    let groups = runs[0].map(\.group)
    // One run has Student's interval of the mean over tasks; for several runs seeds vary, too. Both are stratified where
    // each group has a fixed number of tasks: differences between the groups then add no uncertainty.
    let strataNames = drawsGroups ? groups.map { _ in nil } : groups
    let strata = Dictionary(grouping: groups.indices) { strataNames[$0] ?? "" }.values.sorted { $0[0] < $1[0] }
    let hasIntervals = strata.allSatisfy { $0.count > 1 }
    let bootstrap =
      runs.count > 1 ? HierarchicalBootstrap(runs: runs.count, groups: strataNames, seed: bootstrapSeed) : nil
    let seeds = seeds ?? Array(runs.indices)
    let byGroup = Dictionary(grouping: groups.indices.filter { groups[$0] != nil }) { groups[$0] ?? "" }
    let ofGroups = byGroup.mapValues { tasks in
      runs.count > 1
        ? HierarchicalBootstrap(runs: runs.count, groups: tasks.map { _ in nil }, seed: bootstrapSeed) : nil
    }
    func bounds(_ interval: ClosedRange<Double>?) -> (low: Double?, high: Double?) {
      (
        interval.map { max($0.lowerBound, possible.lowerBound) },
        interval.map { min($0.upperBound, possible.upperBound) }
      )
    }
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
          "the checkpoint scores no finite number after \(k.counted("step")): the training has diverged",
          status: .malformedData,
          isDivergence: true)
      }
      let all = SampleSummary(strata: strata.map { tasks in scores.flatMap { run in tasks.map { run[$0] } } })
      // A stratum of one task says nothing about the variation between tasks, whatever the number of runs: every resample
      // would have that task.
      let (low, high) = bounds(hasIntervals ? bootstrap?.interval(of: scores) ?? all.interval : nil)
      let statistics = byGroup.map { name, tasks in
        let own = scores.map { run in tasks.map { run[$0] } }
        let summary = SampleSummary(own.flatMap { $0 })
        let drawn = (ofGroups[name] ?? nil)?.interval(of: own)
        let (low, high) = bounds(tasks.count > 1 ? drawn ?? summary.interval : nil)
        return (name, Step.Group(mean: summary.mean, low: low, high: high))
      }
      let values = runs.indices.flatMap { run in
        groups.indices.map { task in
          Step.Value(
            task: task, group: groups[task], seed: seeds[run], value: scores[run][task],
            episodes: runs[run][task].episodes?[k])
        }
      }
      result.append(
        Step(
          k: k, mean: all.mean, low: low, high: high, groups: Dictionary(uniqueKeysWithValues: statistics),
          values: values))
    }
    return result
  }
}
