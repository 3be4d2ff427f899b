public import Parts
public import Runs
import Training

/// The options of an evaluation of runs.
public struct EvaluationOptions: Sendable {
  /// The number of held-out tasks, or where tasks can be counted the number for each task; the task family's default number
  /// where nil.
  public var tasks: Int?
  /// The checkpoint that is evaluated.
  public var checkpoint: CheckpointChoice
  /// The largest number of inner steps; the number of the runs' training where nil.
  public var steps: Int?
  /// The seed of the tasks; the first run's seed where nil.
  public var seed: Int?
  /// The number of examples to which a supervised task adapts; the run's own number where nil.
  public var shots: Int?
  /// The division from which held-out tasks are drawn, where tasks are divided; the tasks for testing where nil.
  public var split: EvaluationRequest.Split?
  /// Values of keys that an evaluation may change: the folder of the data, and conditions such as a simulation's engine or
  /// the rate at which a task adapts.
  public var settings: [ConfigurationSetting]
  /// Whether the report holds the return of every episode, where tasks have episodes.
  public var keepsEpisodes: Bool
  /// The numbers of episodes that a policy adapts to and is scored by; nil for the runs' own.
  public var episodes: EvaluationRequest.EpisodeCounts?
  /// Whether to add reference scores to the report.
  public var includesReferences: Bool
  /// Whether to combine runs whose newest checkpoints are of different iterations.
  public var mixesIterations: Bool

  /// Creates the options of an evaluation.
  public init(
    tasks: Int? = nil, checkpoint: CheckpointChoice = .newest, steps: Int? = nil, seed: Int? = nil, shots: Int? = nil,
    split: EvaluationRequest.Split? = nil,
    settings: [ConfigurationSetting] = [], keepsEpisodes: Bool = false,
    episodes: EvaluationRequest.EpisodeCounts? = nil, includesReferences: Bool = false,
    mixesIterations: Bool = false
  ) {
    self.tasks = tasks
    self.checkpoint = checkpoint
    self.steps = steps
    self.seed = seed
    self.shots = shots
    self.split = split
    self.settings = settings
    self.keepsEpisodes = keepsEpisodes
    self.episodes = episodes
    self.includesReferences = includesReferences
    self.mixesIterations = mixesIterations
  }
}

extension EvaluationOptions {
  /// Checks the options against a task family.
  /// - Throws: `UserError` for an option that does not apply to the tasks.
  fileprivate func check(for family: any TaskFamily, learned sort: any Learning) throws(UserError) {
    if let shots, sort.shotsKey == nil {
      throw UserError("shots \(shots): \(family.card.name) adapts to episodes and has no shots", status: .usage)
    }
    if episodes != nil, sort.shotsKey != nil {
      throw UserError(
        "episodes to adapt to: \(family.card.name) adapts to examples and has no episodes", status: .usage)
    }
    if keepsEpisodes, sort.shotsKey != nil {
      throw UserError("returns of episodes: \(family.card.name) adapts to examples and has no episodes", status: .usage)
    }
    let splits = sort.splits(of: family)
    if let split, !splits.contains(split) {
      throw UserError(
        splits.isEmpty
          ? "split \(split.rawValue): the tasks of \(family.card.name) are not divided"
          : "split: expected one of \(splits.map(\.rawValue).joined(separator: ", ")) of \(family.card.name), found "
            + "\(split.rawValue)", status: .usage)
    }
  }

  /// Returns the conditions that the options change, by their keys, with the values of the evaluation.
  fileprivate func conditions(of configuration: RunConfiguration) -> [String: String] {
    let chosen = Set(settings.map(\.key))
    let names = configuration.entries.filter { $0.key.isCondition && chosen.contains($0.key.name) }.map(\.key.name)
    return Dictionary(uniqueKeysWithValues: names.map { ($0, configuration[$0]?.description ?? "") })
  }

  /// Returns a run's configuration with the changes that an evaluation may make.
  package func applied(to configuration: RunConfiguration, catalog: Catalog) throws(UserError) -> RunConfiguration {
    var changed = configuration
    for setting in settings {
      guard let entry = changed.entries.first(where: { $0.key.name == setting.key }) else {
        throw setting.withoutUse(in: changed, catalog: catalog)
      }
      guard entry.key.isCondition || entry.key.resume == .free else {
        let free = changed.entries.map(\.key).filter { $0.isCondition || $0.resume == .free }.map(\.name)
        throw UserError(
          "\(setting.key): expected a key that an evaluation may choose anew, one of \(free.joined(separator: ", ")), found "
            + "one that the training depends on", status: .usage)
      }
      if let obstacle = catalog.learning(of: configuration).obstacle(toChoosing: setting.key, of: configuration) {
        throw UserError("\(setting.key): expected no value of its own in an evaluation, \(obstacle)", status: .usage)
      }
      try setting.apply(entry, to: &changed, catalog: catalog)
    }
    return changed
  }
}

/// An evaluation of runs of one configuration and different seeds on the same held-out tasks.
public struct RunEvaluation {
  private let folders: [RunFolder]
  /// The configurations with which the runs were trained.
  private let trained: [RunConfiguration]
  /// The configurations with which the runs are evaluated.
  private let configurations: [RunConfiguration]
  private let checkpoints: [Checkpoint]
  private let initial: [CheckpointContents]
  private let family: any TaskFamily
  private let learning: any Learning
  private let catalog: Catalog
  private let options: EvaluationOptions
  private let steps: Int

  private var seed: Int { options.seed ?? configurations[0].run.seed }
  private var tasks: Int {
    options.tasks ?? learning.evaluationTasks(of: family, split: options.split ?? .test)
  }

  /// Reads the newest whole checkpoint of each run, or that of the iteration of the options.
  /// - Parameters:
  ///   - folders: run folders whose configurations differ only in their seeds.
  ///   - options: the options of the evaluation.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each damaged checkpoint, and for data that are not the published ones.
  /// - Throws: `UserError`, also where the configurations differ in more than their seeds.
  public init(
    _ folders: [RunFolder], options: EvaluationOptions, catalog: Catalog, warn: (String) -> Void
  ) throws {
    self.folders = folders
    self.options = options
    let trained = try folders.map { try $0.configuration(catalog: catalog) }
    self.trained = trained
    let (family, learning) = (trained[0].family, catalog.learning(of: trained[0]))
    try options.check(for: family, learned: learning)
    let configurations = try trained.map { try options.applied(to: $0, catalog: catalog) }
    // The engine may differ from that of training; the images may be in another folder, but must be the same.
    let identities = try zip(trained, configurations).map { trained, evaluated throws(UserError) in
      try RunIdentity(trained, dataOf: evaluated)
    }
    try Self.checkComparable(folders, identities)
    initial = try configurations.enumerated().map { index, configuration in
      let trainer = try catalog.makeTrainer(configuration)
      // The runs differ only in their seeds: their data are the same.
      if index == 0 { trainer.warnings.forEach(warn) }
      return trainer.checkpoint
    }
    var checkpoints: [Checkpoint] = []
    for (index, folder) in folders.enumerated() {
      checkpoints.append(
        try options.checkpoint.read(folder, fitting: initial[index], of: identities[index], warn: warn))
    }
    // The best of several runs are hardly ever of one iteration.
    if !options.mixesIterations, options.checkpoint != .best { try Self.checkSameIteration(folders, checkpoints) }
    self.configurations = configurations
    self.checkpoints = checkpoints
    (self.family, self.learning, self.catalog) = (family, learning, catalog)
    steps = try options.steps ?? catalog.makeEvaluator(configurations[0]).stepCount
  }

  /// Checks that the runs are the seeds of one experiment: everything else must be equal.
  private static func checkComparable(_ folders: [RunFolder], _ identities: [RunIdentity]) throws(UserError) {
    for index in identities.indices.dropFirst() {
      if let difference = identities[index].firstDifference(from: identities[0], ignoring: "seed") {
        throw UserError(
          "\(folders[index].path): expected \(difference.otherWithKey) as in \(folders[0].path), found "
            + "\(difference.ownText); runs that are evaluated together differ in their seeds only", status: .usage)
      }
      if let twin = identities[..<index].firstIndex(of: identities[index]) {
        throw UserError(
          "\(folders[index].path): expected another seed than that of \(folders[twin].path), found the same",
          status: .usage)
      }
    }
  }

  /// Checks that the checkpoints are of one iteration: seeds are comparable only after the same amount of training.
  private static func checkSameIteration(_ folders: [RunFolder], _ checkpoints: [Checkpoint]) throws(UserError) {
    for (folder, checkpoint) in zip(folders, checkpoints) where checkpoint.iteration != checkpoints[0].iteration {
      throw UserError(
        "\(folder.path): expected a newest checkpoint of iteration \(checkpoints[0].iteration) as in \(folders[0].path), "
          + "found one of iteration \(checkpoint.iteration); train that run further, or allow mixed iterations",
        status: .usage)
    }
  }

  /// The results of an evaluation.
  public struct Findings {
    /// The report on all runs together.
    public let report: EvaluationReport
    /// The key that holds the number of examples to which a task adapts, where there is one.
    fileprivate let shotsKey: String?
    /// The reports on each run alone.
    fileprivate let own: [(folder: RunFolder, trained: RunConfiguration, report: EvaluationReport)]

    /// Writes each run's own report into its folder, unless the existing report is for the run's own conditions where this
    /// one is not, is of a newer checkpoint, or is more thorough.
    /// - Parameter warn: receives a line for each report that is kept.
    /// - Throws: `UserError` for the first folder that cannot be written, after all others have been written.
    public func store(warn: (String) -> Void) throws(UserError) {
      var failure: UserError?
      for (folder, trained, report) in own {
        do throws(UserError) {
          try folder.store(report, of: trained, shotsKey: shotsKey, warn: warn)
        } catch {
          failure = failure ?? error
        }
      }
      if let failure { throw failure }
    }
  }

  /// Adapts to the tasks and returns the results, without writing them.
  /// - Parameter progress: receives the number of tasks that are scored, over all runs and references, and that of all, from
  ///   one thread at a time.
  /// - Throws: `UserError` where an evaluation fails.
  public func findings(
    report progress: @escaping @Sendable (_ tasks: Int, _ all: Int) -> Void = { _, _ in }
  ) throws -> Findings {
    let references = options.includesReferences ? 1 + catalog.references(for: family).count : 0
    let tally = EvaluationTally(rounds: checkpoints.count * (1 + references), report: progress)
    return try findings(tally)
  }

  private func findings(_ tally: EvaluationTally) throws -> Findings {
    let outcomes = try checkpoints.indices.map { try self.outcomes(of: checkpoints[$0].contents, run: $0, tally) }
    let references = try options.includesReferences ? referenceOutcomes(tally) : nil
    func report(_ runs: [Int]) throws(UserError) -> EvaluationReport {
      var report = try self.report(runs, outcomes)
      report.references = try references.map { references throws(UserError) in
        try references.map { reference throws(UserError) in
          try reference.scores(
            of: runs, seeds: runs.map { configurations[$0].run.seed }, bootstrapSeed: seed,
            drawsGroups: drawsGroups(outcomes), possible: possibleScores)
        }
      }
      return report
    }
    return Findings(
      report: try report(Array(folders.indices)), shotsKey: learning.shotsKey,
      own: try folders.indices.map { (folders[$0], trained[$0], try report([$0])) })
  }

  /// Adapts to the tasks, and writes each run's own report into its folder, unless the existing report takes precedence.
  /// - Returns: the report of all runs together.
  /// - Throws: `UserError` where an evaluation fails or a folder cannot be written.
  public func evaluate(warn: (String) -> Void = { _ in }) throws -> EvaluationReport {
    let findings = try findings()
    try findings.store(warn: warn)
    return findings.report
  }

  private func report(_ runs: [Int], _ outcomes: [[TaskOutcome]]) throws(UserError) -> EvaluationReport {
    let configuration = configurations[runs[0]]
    return EvaluationReport(
      task: configuration.taskName, algorithm: configuration.algorithmName,
      seeds: runs.map { configurations[$0].run.seed },
      tasks: tasks, allTasks: outcomes[runs[0]].count, groups: groups(of: outcomes[runs[0]]),
      hasNewTasks: learning.hasNewTasks(family),
      intervalOver: runs.count > 1 ? "seeds and tasks" : "tasks", measure: family.measure,
      iterations: runs.map { checkpoints[$0].iteration },
      parameterHashes: runs.map { checkpoints[$0].contents.fingerprint.description }, evaluationSeed: seed,
      shots: learning.shotsKey.flatMap { options.shots ?? configuration[$0].flatMap { Int($0.description) } },
      split: options.split, episodes: options.episodes, conditions: options.conditions(of: configuration),
      steps: try EvaluationReport.steps(
        of: runs.map { outcomes[$0] }, seeds: runs.map { configurations[$0].run.seed }, upTo: steps,
        bootstrapSeed: seed, drawsGroups: drawsGroups(outcomes), possible: possibleScores))
  }

  private var possibleScores: ClosedRange<Double> { EvaluationReport.possibleScores(of: family.measure) }

  /// Returns whether tasks were drawn at random, instead of each being evaluated a fixed number of times.
  private func drawsGroups(_ outcomes: [[TaskOutcome]]) -> Bool { outcomes.allSatisfy { $0.count == tasks } }

  /// Returns the groups of the tasks, in the order that the family declares.
  private func groups(of outcomes: [TaskOutcome]) -> [String] {
    let found = outcomes.compactMap(\.group)
    return (family.groups.filter(found.contains) + found).withoutRepetitions
  }

  private func outcomes(
    of contents: CheckpointContents, run: Int, _ tally: EvaluationTally
  ) throws -> [TaskOutcome] {
    defer { tally.endRound() }
    return try catalog.makeEvaluator(configurations[run]).evaluate(request(contents, tally))
  }

  private func request(_ contents: CheckpointContents, _ tally: EvaluationTally) -> EvaluationRequest {
    var request = EvaluationRequest(
      checkpoint: contents, tasks: tasks, steps: steps, seed: seed, shots: options.shots,
      split: options.split ?? .test, keepsEpisodes: options.keepsEpisodes, episodes: options.episodes)
    request.scored = { tally.note($0, of: $1) }
    return request
  }

  /// The outcomes of a reference for each run.
  private struct ReferenceOutcomes {
    let name: String
    let definition: String
    let steps: Int
    let outcomes: [[TaskOutcome]]

    func scores(
      of runs: [Int], seeds: [Int], bootstrapSeed: Int, drawsGroups: Bool, possible: ClosedRange<Double>
    ) throws(UserError) -> EvaluationReport.Reference {
      EvaluationReport.Reference(
        name: name, definition: definition,
        steps: try EvaluationReport.steps(
          of: runs.map { outcomes[$0] }, seeds: seeds, upTo: steps, bootstrapSeed: bootstrapSeed,
          drawsGroups: drawsGroups, possible: possible))
    }
  }

  /// Returns the outcomes of the references: without training, by methods of the family, and with full knowledge of each
  /// task.
  private func referenceOutcomes(_ tally: EvaluationTally) throws -> [ReferenceOutcomes] {
    var references = [
      ReferenceOutcomes(
        name: "random", definition: "the parameters before the first iteration, adapted in the same way", steps: steps,
        outcomes: try initial.indices.map { try outcomes(of: initial[$0], run: $0, tally) })
    ]
    for reference in catalog.references(for: family) {
      references.append(
        ReferenceOutcomes(
          name: reference.name, definition: reference.definition, steps: 0,
          outcomes: try checkpoints.indices.map { run in
            defer { tally.endRound() }
            var request = request(checkpoints[run].contents, tally)
            request.iterations = checkpoints[run].iteration
            return try reference.makeEvaluator(configurations[run]).evaluate(request)
          }))
    }
    return references
  }
}

/// Evaluations of the same runs at every iteration of which all of them have a checkpoint: a curve of held-out scores.
public struct CheckpointCurve {
  /// The iterations, the earliest first.
  public let iterations: [Int]
  private let folders: [RunFolder]
  private let options: EvaluationOptions
  private let catalog: Catalog

  /// Finds the iterations.
  /// - Throws: `UserError` where there are none.
  public init(_ folders: [RunFolder], options: EvaluationOptions, catalog: Catalog) throws(UserError) {
    var common: Set<Int>?
    for folder in folders {
      let own = Set(try folder.checkpoints.iterations())
      common = common?.intersection(own) ?? own
    }
    iterations = (common ?? []).sorted()
    guard !iterations.isEmpty else {
      let names = folders.map(\.path).joined(separator: ", ")
      throw UserError("\(names): expected checkpoints of the same iterations, found none", status: .missingInput)
    }
    (self.folders, self.options, self.catalog) = (folders, options, catalog)
  }

  /// The report of an iteration.
  /// - Throws: as `RunEvaluation`.
  public func report(ofIteration iteration: Int, warn: (String) -> Void) throws -> EvaluationReport {
    var options = options
    options.checkpoint = .iteration(iteration)
    return try RunEvaluation(folders, options: options, catalog: catalog, warn: warn).findings().report
  }
}

extension RunFolder {
  /// Evaluates the newest whole checkpoint of this run on held-out tasks and writes `evaluation.json`.
  /// - Throws: `UserError` where the evaluation fails or the report cannot be written.
  public func evaluate(
    tasks: Int?, steps: Int?, seed: Int?, shots: Int? = nil, split: EvaluationRequest.Split? = nil,
    settings: [ConfigurationSetting] = [], catalog: Catalog, warn: (String) -> Void
  ) throws -> EvaluationReport {
    let options = EvaluationOptions(
      tasks: tasks, steps: steps, seed: seed, shots: shots, split: split, settings: settings)
    return try RunEvaluation([self], options: options, catalog: catalog, warn: warn).evaluate(warn: warn)
  }
}
