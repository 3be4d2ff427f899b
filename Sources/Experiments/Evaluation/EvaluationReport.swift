/// What `evaluation.json` holds and `evaluate --json` prints; programs read these names.
public struct EvaluationReport: Encodable, Equatable, Sendable {
  /// The scores after `k` inner steps.
  public struct Step: Encodable, Equatable, Sendable {
    /// Inner steps before the scores.
    public var k: Int
    /// Mean over all tasks.
    public var mean: Double
    /// Lower bound of the 95% interval of the mean; nil for a single task, which has none.
    public var low: Double?
    /// Upper bound of that interval.
    public var high: Double?
    /// The mean of each group: "forward", "backward".
    public var groups: [String: Double]

    /// One flat object: the groups stand beside the other numbers.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Name.self)
      try container.encode(k, forKey: "k")
      try container.encode(mean, forKey: "mean")
      try container.encode(low, forKey: "low")
      try container.encode(high, forKey: "high")
      for (group, mean) in groups { try container.encode(mean, forKey: Name(stringValue: group)) }
    }
  }

  /// Name of the task family.
  public var task: String
  /// Name of the algorithm.
  public var algorithm: String
  /// Of the training runs that were evaluated.
  public var seeds: [Int]
  /// Held-out tasks, of each group where tasks have one.
  public var tasks: Int
  /// What varies within `low` and `high`: "tasks", since one run cannot tell how much its seed matters.
  public var intervalOver: String
  /// What the mean is of: "return", "loss", "accuracy".
  public var measure: String
  /// The meta-iteration of the checkpoint.
  public var iteration: Int
  /// Of the held-out tasks.
  public var evaluationSeed: Int
  /// Examples that a task adapts to; nil where it adapts to episodes.
  public var shots: Int?
  /// By k, from 0.
  public var steps: [Step]

  enum CodingKeys: String, CodingKey {
    case task, algorithm, seeds, tasks, measure, iteration, shots, steps
    case intervalOver = "interval_over"
    case evaluationSeed = "evaluation_seed"
  }

  private struct Name: CodingKey, ExpressibleByStringLiteral {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init(stringLiteral value: String) { stringValue = value }
    init?(intValue: Int) { nil }
  }
}

extension EvaluationReport {
  /// The statistics of the outcomes of one run, by k.
  /// - Throws: `UserError` where a score is not finite: the run has diverged.
  static func steps(of outcomes: [TaskOutcome], upTo steps: Int) throws(UserError) -> [Step] {
    precondition(!outcomes.isEmpty, "an evaluation gave no outcome")
    var result: [Step] = []
    for k in 0...steps {
      let scores = outcomes.map { outcome in
        precondition(outcome.scores.count == steps + 1, "expected \(steps + 1) scores, not \(outcome.scores.count)")
        return outcome.scores[k]
      }
      guard scores.allSatisfy(\.isFinite) else {
        throw UserError(
          "the checkpoint scores no finite number after \(k) steps: the training has diverged", status: .malformedData)
      }
      let summary = SampleSummary(scores)
      let groups = Dictionary(grouping: outcomes.filter { $0.group != nil }) { $0.group ?? "" }
      result.append(
        Step(
          k: k, mean: summary.mean, low: summary.halfWidth.map { summary.mean - $0 },
          high: summary.halfWidth.map { summary.mean + $0 },
          groups: groups.mapValues { SampleSummary($0.map { $0.scores[k] }).mean }))
    }
    return result
  }
}

extension RunFolder {
  /// Evaluates the newest whole checkpoint on held-out tasks and writes `evaluation.json`.
  ///
  /// - Parameters:
  ///   - tasks: of each group where tasks have one; the task family's usual number where nil.
  ///   - steps: inner steps, up to.
  ///   - seed: of the tasks; the run's own where nil.
  ///   - shots: examples that a supervised task adapts to; the run's own where nil.
  ///   - warn: is told of damaged checkpoints.
  /// - Throws: `UserError`.
  public func evaluate(
    tasks: Int?, steps: Int, seed: Int?, shots: Int? = nil, catalog: Catalog, warn: (String) -> Void
  ) throws -> EvaluationReport {
    let configuration = try configuration(catalog: catalog)
    let entry = try catalog.task(named: configuration.task)
    if let shots, entry.kind != .supervised {
      throw UserError("--shots \(shots): \(entry.name) adapts to episodes and has no shots", status: .usage)
    }
    let tasks = tasks ?? entry.evaluationTasks
    let shape = try entry.makeTrainer(configuration).checkpoint
    guard let checkpoint = try checkpoints.newest(fitting: shape, of: RunIdentity(configuration), warn: warn) else {
      throw UserError("\(path): expected a checkpoint to evaluate, found none yet", status: .missingInput)
    }
    let evaluationSeed = seed ?? configuration.seed
    let outcomes = try entry.makeEvaluator(configuration).evaluate(
      EvaluationRequest(
        checkpoint: checkpoint.contents, tasks: tasks, steps: steps, seed: evaluationSeed, shots: shots))
    let report = try EvaluationReport(
      task: configuration.task, algorithm: configuration.algorithm, seeds: [configuration.seed], tasks: tasks,
      intervalOver: "tasks", measure: entry.measure, iteration: checkpoint.iteration, evaluationSeed: evaluationSeed,
      shots: entry.kind == .supervised ? shots ?? configuration.shots : nil,
      steps: EvaluationReport.steps(of: outcomes, upTo: steps))
    try StoredFile.write(JSONText.encode(report) + "\n", to: evaluationPath)
    return report
  }
}
