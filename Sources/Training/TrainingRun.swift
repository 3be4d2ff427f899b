import Parts
public import Runs
import TensorCore

/// A run in its folder: iterates a trainer, writes each iteration's row, and writes checkpoints.
public final class TrainingRun {
  /// The result of `train`.
  public enum Outcome: Equatable, Sendable {
    /// The last iteration of the configuration is complete.
    case completed
    /// The run was asked to stop; a checkpoint of the last iteration is written.
    case interrupted
  }

  /// The progress of a run after an iteration, for a progress line.
  public struct Progress: Sendable {
    /// The number of the iteration that has just ended.
    public var iteration: Int
    /// The number of the run's last iteration.
    public var iterations: Int
    /// The number of environment steps since the start of the run.
    public var environmentSteps: Int
    /// The metrics of the iteration.
    public var row: MetricsRow
    /// The wall-clock time of the iteration, in seconds.
    public var seconds: Double
    /// The number of environment steps a second in the iteration.
    public var stepsPerSecond: Double { Double(row.environmentSteps) / max(seconds, 1e-9) }
  }

  /// The folder of the run.
  public let folder: RunFolder
  /// The configuration of the run.
  public let configuration: RunConfiguration
  /// The number of the run's last iteration: that of the configuration, or of a resumed run a smaller one that it was asked
  /// for and has already made.
  public let iterations: Int
  /// The number of complete meta-iterations.
  public private(set) var completedIterations: Int
  /// The number of environment steps since the start of the run.
  public private(set) var environmentSteps: Int
  private var trainer: any MetaTrainer
  private var lastCheckpoint: Int?
  /// The number of iterations that this process made, and for each watched column the number of those beyond the bound.
  private var madeIterations = 0
  private var excesses: [String: Int] = [:]
  private var collapse: CollapseWatch?
  /// The looks at held-out tasks; nil where the run takes none, or its table has no column for them.
  private let looks: HeldOutLooks?
  private var best: (iteration: Int, score: Double)?
  private let identity: RunIdentity
  private let metrics: MetricsWriter
  private let hashes: HashWriter
  private let events: EventWriter
  private let lock: RunLock
  /// Nil where no other ranks take part.
  private let keeper: RunKeeper?

  /// Starts a run in a new folder. The trainer is made first, so that a configuration that it refuses leaves no folder.
  /// - Parameters:
  ///   - configuration: the configuration of the run.
  ///   - folder: the run folder, which must not exist yet.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each warning about data that are not the published ones.
  /// - Throws: `UserError`.
  public init(
    configuration: RunConfiguration, folder: RunFolder, catalog: Catalog, warn: (String) -> Void = { _ in }
  ) throws {
    let trainer = try catalog.makeTrainer(configuration)
    trainer.warnings.forEach(warn)
    let stored: RunConfiguration
    (stored, lock) = try folder.create(configuration)
    identity = try RunIdentity(stored)
    metrics = try MetricsWriter(path: folder.metricsPath, continuingAfter: 0)
    hashes = try HashWriter(path: folder.hashesPath, continuingAfter: 0)
    events = EventWriter(folder: folder.path, continuingAfter: 0)
    self.folder = folder
    keeper = RankLeader.current.map { RunKeeper(folder.checkpoints, saved: nil, $0) }
    self.configuration = stored
    // The user's file may have changed since it was first read, so the run's copy is used.
    self.trainer = stored == configuration ? trainer : try catalog.makeTrainer(stored)
    iterations = stored.run.iterations
    completedIterations = 0
    environmentSteps = 0
    looks = self.trainer.heldOutLooks
    collapse = self.trainer.progressColumn.map { CollapseWatch($0) }
  }

  /// Resumes a run from its newest intact checkpoint, or from its start where it has none.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - settings: the settings that the user gave with the folder; only those that do not change the run are accepted.
  ///     Nothing is left to train of a run that has as many iterations as they ask for, or more.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each warning about data that are not the published ones, about checkpoints that are
  ///     damaged, and about iterations that are computed again because no checkpoint holds them.
  /// - Throws: `UserError`; the folder has not changed then.
  public init(
    resuming folder: RunFolder, settings: [ConfigurationSetting], catalog: Catalog, warn: (String) -> Void
  ) throws {
    let original = try folder.configuration(catalog: catalog)
    let (changes, reached) = try folder.reached(by: settings)
    let configuration = try original.resumed(with: changes, run: folder.path, catalog: catalog)
    iterations = min(reached ?? .max, configuration.run.iterations)
    lock = try RunLock(folder)
    var trainer = try catalog.makeTrainer(configuration)
    trainer.warnings.forEach(warn)
    identity = try RunIdentity(configuration)
    let checkpoint = try folder.checkpoints.newest(fitting: trainer.checkpoint, of: identity, warn: warn)
    if let checkpoint {
      try trainer.restore(checkpoint.contents)
    } else {
      try folder.checkRestart(interval: original.running.checkpointInterval, warn: warn)
    }
    try folder.removeUnfinishedFiles()
    folder.forgetDivergence()
    try folder.createCheckpointFolder()
    metrics = try MetricsWriter(path: folder.metricsPath, continuingAfter: checkpoint?.iteration ?? 0)
    hashes = try HashWriter(path: folder.hashesPath, continuingAfter: checkpoint?.iteration ?? 0)
    if let earlier = hashes.earlierKernels, earlier != configuration.kernels.name {
      warn(
        "\(folder.path) was computed by the kernels \(earlier) and goes on by \(configuration.kernels.name): the last bits "
          + "may differ from those of one run")
    }
    events = EventWriter(folder: folder.path, continuingAfter: checkpoint?.iteration ?? 0)
    if configuration != original { try folder.write(configuration) }
    self.folder = folder
    keeper = RankLeader.current.map { RunKeeper(folder.checkpoints, saved: checkpoint?.iteration, $0) }
    self.configuration = configuration
    self.trainer = trainer
    lastCheckpoint = checkpoint?.iteration
    completedIterations = checkpoint?.iteration ?? 0
    environmentSteps = checkpoint?.environmentSteps ?? 0
    collapse = trainer.progressColumn.map { CollapseWatch($0) }
    guard checkpoint != nil else {
      looks = trainer.heldOutLooks
      return
    }
    let table = try MetricsTable(path: folder.metricsPath)
    // A run of an earlier version goes on with the columns that it has.
    looks = trainer.heldOutLooks.flatMap { table.column($0.column) == nil ? nil : $0 }
    readHistory(table)
    guard best != nil else { return }
    do {
      _ = try folder.checkpoints.best(fitting: trainer.checkpoint, of: identity)
    } catch {
      warn("\(error.message); the next look at held-out tasks takes its place")
      best = nil
    }
  }

  /// Resumes a run whose settings must be those of a configuration, but for what a resumed run may change.
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - wanted: the configuration of which a run is wanted.
  ///   - settings: the settings from which `wanted` came.
  ///   - catalog: the parts that a run may name.
  ///   - warn: as for `init(resuming:settings:catalog:warn:)`.
  /// - Throws: `UserError` that names the first key of another value.
  public convenience init(
    resuming folder: RunFolder, of wanted: RunConfiguration, settings: [ConfigurationSetting], catalog: Catalog,
    warn: (String) -> Void
  ) throws {
    let found = try folder.configuration(wanted: wanted, catalog: catalog)
    try self.init(resuming: folder, settings: found.changeable(settings), catalog: catalog, warn: warn)
  }

  /// Takes from the rows of a continued run what it has reached.
  private func readHistory(_ table: MetricsTable) {
    for row in table.rows {
      let values = Dictionary(zip(table.columns, row)) { first, _ in first }
      let iteration = Int(row[0])
      _ = collapse?.note(iteration: iteration) { values[$0] }
      if let score = looks.flatMap({ values[$0.column] }), score > best?.score ?? -.infinity {
        best = (iteration, score)
      }
    }
  }

  /// Iterates until the configuration's last iteration, or until `shouldStop` returns true between two iterations.
  /// - Parameters:
  ///   - shouldStop: returns whether to stop; called between two iterations.
  ///   - report: receives the progress after each iteration.
  ///   - warn: receives one line for each column that is larger than its bound, at the first such iteration.
  /// - Throws: `UserError` where a file cannot be written or an iteration fails, with the checkpoint that is kept, and the
  ///   errors of `report`.
  public func train(
    shouldStop: () -> Bool = { false }, report: (Progress) throws -> Void = { _ in },
    warn: (String) -> Void = { _ in }
  ) throws -> Outcome {
    while completedIterations < iterations {
      let progress = try keeping { try iterate() }
      watch(progress, warn: warn)
      try report(progress)
      let isStopping = shouldStop() && completedIterations < iterations
      if isStopping || completedIterations == iterations
        || completedIterations.isMultiple(of: configuration.running.checkpointInterval)
      {
        try keeping { try saveCheckpoint() }
      }
      if isStopping { return .interrupted }
    }
    return .completed
  }

  private func watch(_ progress: Progress, warn: (String) -> Void) {
    madeIterations += 1
    if let line = collapse?.note(iteration: progress.iteration, { progress.row[$0] }) { warn("\(line)\(kept)") }
    for watch in trainer.watches where watch.isExceeded(by: progress.row) {
      excesses[watch.column, default: 0] += 1
      guard excesses[watch.column] == 1, let value = progress.row[watch.column] else { continue }
      let number = MetricsTable.line([(value * 1000).rounded() / 1000])
      warn("iteration \(progress.iteration): \(watch.column) is \(number), above \(watch.bound): \(watch.meaning)")
    }
  }

  /// What is kept of the best iteration, as the end of a line.
  private var kept: String {
    best.map { ". checkpoints/best.safetensors keeps iteration \($0.iteration)" } ?? ""
  }

  /// What was wrong in the iterations of this process, a line each: the columns that were larger than their bounds, and a
  /// collapse that lasts.
  public var summaries: [String] {
    let collapses = collapse.map { $0.isCollapsed ? ["\($0.description)\(kept)"] : [] } ?? []
    return collapses
      + trainer.watches.compactMap { watch in
        excesses[watch.column].map { count in
          "\(watch.column) was above \(watch.bound) in \(count) of \(madeIterations.counted("iteration")): \(watch.meaning)"
        }
      }
  }

  /// Runs `body`, and adds to its errors which part of the run is kept.
  private func keeping<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      let fault =
        error as? UserError
        ?? UserError("iteration \(completedIterations + 1) failed: \(error)", status: .internalFault)
      let kept = lastCheckpoint.map { "the checkpoint of iteration \($0) is kept" } ?? "there is no checkpoint yet"
      let line = "\(fault.message) (\(kept))"
      if fault.isDivergence { folder.keepDivergence(line) }
      throw UserError(line, status: fault.status, isDivergence: fault.isDivergence)
    }
  }

  private func iterate() throws -> Progress {
    let iteration = completedIterations + 1
    let clock = ContinuousClock()
    let start = clock.now
    let row = try trainer.iterate(iteration)
    let seconds = (clock.now - start) / .seconds(1)
    let progress = Progress(
      iteration: iteration, iterations: iterations,
      environmentSteps: environmentSteps + row.environmentSteps, row: row, seconds: seconds)
    // A trainer without an environment has no columns of environment steps.
    let hasSteps = row.environmentSteps > 0
    let score = try heldOutScore(after: iteration)
    let values =
      (hasSteps ? [("environment_steps", Double(progress.environmentSteps))] : []) + row.values
      + (looks.map { [($0.column, score ?? .nan)] } ?? []) + [("iteration_seconds", seconds)]
      + (hasSteps ? [("environment_steps_per_second", progress.stepsPerSecond)] : [])
    try metrics.append([("iteration", Double(iteration))] + values)
    try hashes.append(IterationHash(iteration, row, trainer, kernels: configuration.kernels.name))
    try events.append(values.filter { $0.0 != looks?.column || score != nil }, iteration: iteration)
    completedIterations = iteration
    environmentSteps = progress.environmentSteps
    keeper?.hold(checkpoint)
    if let score, score > best?.score ?? -.infinity {
      try folder.checkpoints.saveBest(checkpoint)
      best = (iteration, score)
    }
    return progress
  }

  /// The score of a look at held-out tasks; nil after an iteration without a look. It is NaN where the adapted policies
  /// fail, which the training itself may survive.
  private func heldOutScore(after iteration: Int) throws -> Double? {
    guard let looks, looks.follow(iteration) else { return nil }
    do {
      return try trainer.heldOutScore()
    } catch let error as UserError where error.isDivergence {
      return .nan
    }
  }

  private var checkpoint: Checkpoint {
    Checkpoint(
      iteration: completedIterations, environmentSteps: environmentSteps, identity: identity,
      contents: trainer.checkpoint)
  }

  private func saveCheckpoint() throws(UserError) {
    // The rows on the disk must include all iterations of a checkpoint.
    try metrics.synchronize()
    try hashes.synchronize()
    if let keeper { try keeper.save(checkpoint) } else { try folder.checkpoints.save(checkpoint) }
    lastCheckpoint = completedIterations
  }
}
