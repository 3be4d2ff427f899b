package import Parts
public import Runs

/// The report that `evaluation.json` holds and `evaluate --json` prints; programs read these names.
public struct EvaluationReport: Encodable, Equatable, Sendable {
  /// The scores after `k` inner steps.
  public struct Step: Encodable, Equatable, Sendable {
    /// The number of inner steps before the scores.
    public var k: Int
    /// The mean score over all tasks.
    public var mean: Double
    /// The lower bound of the 95% interval of the mean, stratified by group; nil where a group has a single task.
    public var low: Double?
    /// The upper bound of the 95% interval of the mean; nil where `low` is nil.
    public var high: Double?
    /// The mean score of each group of tasks, by the name of the group.
    public var groups: [String: Double]

    /// Encodes one flat object, which has the groups as entries beside the other numbers.
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
  /// The variation that `low` and `high` include: "tasks" for one run, whose seed may also matter; "seeds and tasks" for
  /// several runs.
  public var intervalOver: String
  /// The quantity that a score measures: "return", "loss" or "accuracy".
  public var measure: String
  /// The meta-iteration of each run's checkpoint.
  public var iterations: [Int]
  /// The seed of the held-out tasks.
  public var evaluationSeed: Int
  /// The number of examples to which a task adapts; nil where it adapts to episodes.
  public var shots: Int?
  /// The division from which the tasks were drawn; nil where the options name none.
  public var split: EvaluationRequest.Split?
  /// The values of the conditions that the options change, such as the engine of a simulation, by their keys. They are
  /// entries of the file beside the others.
  public var conditions: [String: String]
  /// The scores by the number of inner steps k, from 0.
  public var steps: [Step]
  /// The reference scores, where the options include them.
  public var references: [Reference]?

  /// Reference scores on the same tasks, without the learned parameters.
  public struct Reference: Encodable, Equatable, Sendable {
    /// The name of the reference: "random" or "oracle".
    public var name: String
    /// One line that defines the reference.
    public var definition: String
    /// The scores by the number of inner steps k, from 0; an oracle has no inner steps and only k = 0.
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
    try container.encode(evaluationSeed, forKey: .evaluationSeed)
    try container.encodeIfPresent(shots, forKey: .shots)
    try container.encodeIfPresent(split, forKey: .split)
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
  /// Returns the statistics of outcomes by the number of inner steps k.
  /// - Parameters:
  ///   - runs: the outcomes of each run, on the same tasks in the same order.
  ///   - steps: the largest k.
  ///   - bootstrapSeed: the seed of the random numbers for the intervals of several runs.
  ///   - drawsGroups: whether the number of tasks in a group is random, so that differences between the groups add to the
  ///     uncertainty; otherwise each group has a fixed number of tasks.
  /// - Throws: `UserError` where a score is not finite, since a run has diverged.
  package static func steps(
    of runs: [[TaskOutcome]], upTo steps: Int, bootstrapSeed: Int, drawsGroups: Bool = false
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
      // A stratum of one task says nothing about the variation between tasks, whatever the number of runs: every resample
      // would have that task.
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
