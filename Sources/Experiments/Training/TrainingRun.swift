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
  private let metrics: MetricsWriter
  private let events: EventWriter
  private let lock: RunLock

  /// Starts a run in a new folder. The trainer is made first: a configuration that it refuses leaves no folder.
  /// - Throws: `UserError`.
  public init(configuration: RunConfiguration, folder: RunFolder, catalog: Catalog) throws {
    let trainer = try catalog.task(named: configuration.task).makeTrainer(configuration)
    try folder.create(configuration)
    lock = try RunLock(folder)
    metrics = try MetricsWriter(path: folder.metricsPath, continuingAfter: 0)
    events = EventWriter(folder: folder.path, continuingAfter: 0)
    self.folder = folder
    self.configuration = configuration
    self.trainer = trainer
    completedIterations = 0
    environmentSteps = 0
  }

  /// Goes on with a run from its newest whole checkpoint, or from its start where it has none.
  ///
  /// - Parameters:
  ///   - settings: what the user gave beside the folder; only what does not change the run is taken.
  ///   - warn: is told, in a line each, of checkpoints that are damaged.
  /// - Throws: `UserError`; the folder is then as it was.
  public init(
    resuming folder: RunFolder, settings: [ConfigurationSetting], catalog: Catalog, warn: (String) -> Void
  ) throws {
    let original = try folder.configuration(catalog: catalog)
    let configuration = try original.resumed(with: settings, run: folder.path, catalog: catalog)
    lock = try RunLock(folder)
    var trainer = try catalog.task(named: configuration.task).makeTrainer(configuration)
    let checkpoint = try folder.checkpoints.newest(fitting: trainer.checkpoint, warn: warn)
    if let checkpoint { try trainer.restore(checkpoint.contents) }
    try folder.createCheckpointFolder()
    metrics = try MetricsWriter(path: folder.metricsPath, continuingAfter: checkpoint?.iteration ?? 0)
    events = EventWriter(folder: folder.path, continuingAfter: checkpoint?.iteration ?? 0)
    if configuration != original { try folder.write(configuration) }
    self.folder = folder
    self.configuration = configuration
    self.trainer = trainer
    completedIterations = checkpoint?.iteration ?? 0
    environmentSteps = checkpoint?.environmentSteps ?? 0
  }

  /// Iterates until the configuration's last iteration, or until `shouldStop` says so between two iterations.
  /// - Throws: `UserError` where a file cannot be written, and what the trainer throws.
  public func train(
    shouldStop: () -> Bool = { false }, report: (Progress) throws -> Void = { _ in }
  ) throws -> Outcome {
    while completedIterations < configuration.iterations {
      let progress = try iterate()
      try report(progress)
      let isStopping = shouldStop() && completedIterations < configuration.iterations
      if isStopping || completedIterations == configuration.iterations
        || completedIterations.isMultiple(of: configuration.checkpointInterval)
      {
        metrics.synchronize()
        try saveCheckpoint()
      }
      if isStopping { return .interrupted }
    }
    return .completed
  }

  private func iterate() throws -> Progress {
    let iteration = completedIterations + 1
    let clock = ContinuousClock()
    let start = clock.now
    let row = try trainer.iterate(iteration)
    let seconds = (clock.now - start) / .seconds(1)
    let progress = Progress(
      iteration: iteration, iterations: configuration.iterations,
      environmentSteps: environmentSteps + row.environmentSteps, row: row, seconds: seconds)
    // A trainer without an environment has no columns of its steps.
    let hasSteps = row.environmentSteps > 0
    let values =
      (hasSteps ? [("environment_steps", Double(progress.environmentSteps))] : []) + row.values
      + [("iteration_seconds", seconds)]
      + (hasSteps ? [("environment_steps_per_second", progress.stepsPerSecond)] : [])
    try metrics.append([("iteration", Double(iteration))] + values)
    try events.append(values, iteration: iteration)
    completedIterations = iteration
    environmentSteps = progress.environmentSteps
    return progress
  }

  private func saveCheckpoint() throws(UserError) {
    try folder.checkpoints.save(
      Checkpoint(
        iteration: completedIterations, environmentSteps: environmentSteps, contents: trainer.checkpoint))
  }
}
