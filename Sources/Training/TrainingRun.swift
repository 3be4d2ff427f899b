import Parts
public import Runs
import TensorCore

/// A run in its folder: iterates a trainer, writes each iteration's row, and checkpoints.
public final class TrainingRun {
  /// How `train` ended.
  public enum Outcome: Equatable, Sendable {
    /// The configuration's last iteration is behind.
    case completed
    /// Asked to stop; a checkpoint of the last iteration is written.
    case interrupted
  }

  /// What is known after an iteration, for a progress line.
  public struct Progress: Sendable {
    /// The iteration that has just ended.
    public var iteration: Int
    /// The last one of the run.
    public var iterations: Int
    /// Environment steps since the start of the run.
    public var environmentSteps: Int
    /// Its metrics.
    public var row: MetricsRow
    /// Wall-clock time of this iteration.
    public var seconds: Double
    /// Environment steps a second in this iteration.
    public var stepsPerSecond: Double { Double(row.environmentSteps) / max(seconds, 1e-9) }
  }

  /// Where it is kept.
  public let folder: RunFolder
  /// What it depends on.
  public let configuration: RunConfiguration
  /// Meta-iterations that are behind.
  public private(set) var completedIterations: Int
  /// Environment steps since the start of the run.
  public private(set) var environmentSteps: Int
  private var trainer: any MetaTrainer
  private var lastCheckpoint: Int?
  /// The iterations that were made here, and of them those beyond each watch, by its column.
  private var madeIterations = 0
  private var excesses: [String: Int] = [:]
  private let identity: RunIdentity
  private let metrics: MetricsWriter
  private let hashes: HashWriter
  private let events: EventWriter
  private let lock: RunLock

  /// Starts a run in a new folder. The trainer is made first: a configuration that it refuses leaves no folder.
  /// - Parameters:
  ///   - configuration: what is trained, and how.
  ///   - folder: the run folder, which must not exist yet.
  ///   - catalog: the parts that a run may name.
  ///   - warn: is told, in a line each, of data that are not the published ones.
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
    self.configuration = stored
    // The user's file may have changed since it was first read: what counts is the run's copy.
    self.trainer = stored == configuration ? trainer : try catalog.makeTrainer(stored)
    completedIterations = 0
    environmentSteps = 0
  }

  /// Goes on with a run from its newest whole checkpoint, or from its start where it has none.
  ///
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - settings: what the user gave beside the folder; only what does not change the run is taken.
  ///   - catalog: the parts that a run may name.
  ///   - warn: is told, in a line each, of data that are not the published ones, of checkpoints that are damaged, and of
  ///     iterations that are computed again for lack of any.
  /// - Throws: `UserError`; the folder is then as it was.
  public init(
    resuming folder: RunFolder, settings: [ConfigurationSetting], catalog: Catalog, warn: (String) -> Void
  ) throws {
    let original = try folder.configuration(catalog: catalog)
    let configuration = try original.resumed(with: settings, run: folder.path, catalog: catalog)
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
    try folder.createCheckpointFolder()
    metrics = try MetricsWriter(path: folder.metricsPath, continuingAfter: checkpoint?.iteration ?? 0)
    hashes = try HashWriter(path: folder.hashesPath, continuingAfter: checkpoint?.iteration ?? 0)
    events = EventWriter(folder: folder.path, continuingAfter: checkpoint?.iteration ?? 0)
    if configuration != original { try folder.write(configuration) }
    self.folder = folder
    self.configuration = configuration
    self.trainer = trainer
    lastCheckpoint = checkpoint?.iteration
    completedIterations = checkpoint?.iteration ?? 0
    environmentSteps = checkpoint?.environmentSteps ?? 0
  }

  /// Iterates until the configuration's last iteration, or until `shouldStop` says so between two iterations.
  /// - Parameters:
  ///   - shouldStop: asked between two iterations whether to end.
  ///   - report: is told of the progress after each iteration.
  ///   - warn: is told, in a line each and once each, of columns that are larger than they should be.
  /// - Throws: `UserError` where a file cannot be written or an iteration fails, which says what is kept, and what
  ///   `report` throws.
  public func train(
    shouldStop: () -> Bool = { false }, report: (Progress) throws -> Void = { _ in },
    warn: (String) -> Void = { _ in }
  ) throws -> Outcome {
    while completedIterations < configuration.run.iterations {
      let progress = try keeping { try iterate() }
      watch(progress, warn: warn)
      try report(progress)
      let isStopping = shouldStop() && completedIterations < configuration.run.iterations
      if isStopping || completedIterations == configuration.run.iterations
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
    for watch in trainer.watches where watch.isExceeded(by: progress.row) {
      excesses[watch.column, default: 0] += 1
      guard excesses[watch.column] == 1, let value = progress.row[watch.column] else { continue }
      let number = MetricsTable.line([(value * 1000).rounded() / 1000])
      warn("iteration \(progress.iteration): \(watch.column) is \(number), above \(watch.bound): \(watch.meaning)")
    }
  }

  /// How often columns were larger than they should be in the iterations that were made here, in a line each.
  public var excessSummaries: [String] {
    trainer.watches.compactMap { watch in
      excesses[watch.column].map { count in
        "\(watch.column) was above \(watch.bound) in \(count) of \(madeIterations) iterations: \(watch.meaning)"
      }
    }
  }

  /// Adds to a fault what of the run is kept.
  private func keeping<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      let fault =
        error as? UserError
        ?? UserError("iteration \(completedIterations + 1) failed: \(error)", status: .internalFault)
      let kept = lastCheckpoint.map { "the checkpoint of iteration \($0) is kept" } ?? "there is no checkpoint yet"
      throw UserError("\(fault.message) (\(kept))", status: fault.status, isDivergence: fault.isDivergence)
    }
  }

  private func iterate() throws -> Progress {
    let iteration = completedIterations + 1
    let clock = ContinuousClock()
    let start = clock.now
    let row = try trainer.iterate(iteration)
    let seconds = (clock.now - start) / .seconds(1)
    let progress = Progress(
      iteration: iteration, iterations: configuration.run.iterations,
      environmentSteps: environmentSteps + row.environmentSteps, row: row, seconds: seconds)
    // A trainer without an environment has no columns of its steps.
    let hasSteps = row.environmentSteps > 0
    let values =
      (hasSteps ? [("environment_steps", Double(progress.environmentSteps))] : []) + row.values
      + [("iteration_seconds", seconds)]
      + (hasSteps ? [("environment_steps_per_second", progress.stepsPerSecond)] : [])
    try metrics.append([("iteration", Double(iteration))] + values)
    try hashes.append(IterationHash(iteration, row, trainer, kernels: configuration.kernels.name))
    try events.append(values, iteration: iteration)
    completedIterations = iteration
    environmentSteps = progress.environmentSteps
    return progress
  }

  private func saveCheckpoint() throws(UserError) {
    // A checkpoint is never ahead of the rows on the disk.
    try metrics.synchronize()
    try hashes.synchronize()
    try folder.checkpoints.save(
      Checkpoint(
        iteration: completedIterations, environmentSteps: environmentSteps, identity: identity,
        contents: trainer.checkpoint))
    lastCheckpoint = completedIterations
  }
}
