public import Parts
public import Runs

/// What the `evaluation.json` of one run says, or of the seeds of one experiment together: scores after 0, 1, ... inner
/// steps, in the form of a report.
public struct ShownEvaluation: Encodable, Sendable {
  /// The numbers of the runs, among those that were given.
  public let runs: [Int]
  private let measure: String
  private let evaluationSeed: Int?
  private let iterations: [Int]
  private let intervalOver: String
  private let steps: [EvaluationReport.Step]
  /// The reference lines that all of the runs have.
  private let references: [EvaluationReport.Reference]

  private enum CodingKeys: String, CodingKey {
    case runs, measure, iterations, steps, references
    case evaluationSeed = "evaluation_seed"
    case intervalOver = "interval_over"
  }

  /// Reads the evaluations of runs that differ in their seeds only. Those of the same tasks, under the same conditions and
  /// of the same iteration are taken together, with intervals over seeds and tasks; otherwise each is by itself.
  /// - Parameters:
  ///   - folders: the folders of the runs.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each evaluation that does not fit its run, or is of an older checkpoint.
  /// - Returns: the evaluations; none of runs without any.
  /// - Throws: `UserError` where a run's configuration cannot be read.
  public static func all(
    of folders: [RunFolder], catalog: Catalog, warn: (String) -> Void
  ) throws(UserError) -> [ShownEvaluation] {
    var found: [(run: Int, stored: StoredEvaluation)] = []
    var measure = ""
    for (index, folder) in folders.enumerated() {
      let configuration = try folder.configuration(catalog: catalog)
      measure = configuration.family.measure
      guard let stored = StoredEvaluation(of: folder, configuration, warn: warn) else { continue }
      let newest = try folder.storedIterations()
      if stored.iterations[0] < newest {
        warn(
          "\(folder.evaluationPath) is of iteration \(stored.iterations[0]), and the run has \(newest); evaluate it anew"
        )
      }
      found.append((index, stored))
    }
    let canJoin = found.dropFirst().allSatisfy { $0.stored.isOfTheSame(as: found[0].stored) }
    let groups: [[(run: Int, stored: StoredEvaluation)]] =
      found.isEmpty ? [] : canJoin ? [found] : found.map { [$0] }
    return try groups.map { group throws(UserError) in try ShownEvaluation(group, measure: measure) }
  }

  private init(_ group: [(run: Int, stored: StoredEvaluation)], measure: String) throws(UserError) {
    let first = group[0].stored
    runs = group.map(\.run)
    self.measure = measure
    evaluationSeed = first.evaluationSeed
    iterations = first.iterations
    intervalOver = group.count == 1 ? "tasks" : "seeds and tasks"
    guard group.count > 1 else {
      (steps, references) = (first.steps, first.references ?? [])
      return
    }
    let seeds = group.map { $0.stored.seeds[0] }
    func joined(_ runs: [[EvaluationReport.Step]]) throws(UserError) -> [EvaluationReport.Step] {
      try EvaluationReport.steps(
        of: runs.map(TaskOutcome.all), seeds: seeds, upTo: runs[0].count - 1,
        bootstrapSeed: first.evaluationSeed ?? 0, drawsGroups: runs[0][0].values.count == first.tasks,
        possible: EvaluationReport.possibleScores(of: measure))
    }
    steps = try joined(group.map(\.stored.steps))
    var references: [EvaluationReport.Reference] = []
    for reference in first.references ?? [] {
      let own = group.compactMap { member in
        member.stored.references?.first { $0.name == reference.name && $0.steps.hasTasks(of: reference.steps) }
      }
      guard own.count == group.count else { continue }
      references.append(
        EvaluationReport.Reference(
          name: reference.name, definition: reference.definition, steps: try joined(own.map(\.steps))))
    }
    self.references = references
  }
}

extension StoredEvaluation {
  /// Whether the evaluation is of the same tasks, conditions and iteration as another one, task by task.
  fileprivate func isOfTheSame(as other: StoredEvaluation) -> Bool {
    evaluationSeed != nil && evaluationSeed == other.evaluationSeed && tasks == other.tasks
      && iterations == other.iterations && shots == other.shots && split == other.split && episodes == other.episodes
      && texts == other.texts && seeds != other.seeds && steps.hasTasks(of: other.steps)
  }
}

extension [EvaluationReport.Step] {
  /// Whether these steps are as many as others, and have a score of each of the same tasks.
  fileprivate func hasTasks(of others: [EvaluationReport.Step]) -> Bool {
    count == others.count && !isEmpty
      && zip(self, others).allSatisfy { own, other in
        !own.values.isEmpty && own.values.count == other.values.count
          && zip(own.values, other.values).allSatisfy { $0.task == $1.task && $0.group == $1.group }
      }
  }
}

extension TaskOutcome {
  /// The outcomes of the tasks of an evaluation of one run.
  static func all(_ steps: [EvaluationReport.Step]) -> [TaskOutcome] {
    steps[0].values.indices.map { task in
      TaskOutcome(group: steps[0].values[task].group, scores: steps.map { $0.values[task].value })
    }
  }
}
