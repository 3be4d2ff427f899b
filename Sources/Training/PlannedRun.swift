import Parts
package import Runs

/// One of many runs that a command makes: it starts where there is no folder of it, and goes on where there is one.
package struct PlannedRun: Sendable {
  /// The end of a run that was not stopped.
  package enum Ending: Sendable {
    case completed
    /// A value was not finite: that settings are too much for a method is a result, too.
    case diverged
  }

  /// The folder of the run.
  package let folder: RunFolder
  /// The configuration of the run.
  package let configuration: RunConfiguration
  private let catalog: Catalog
  /// Whether the run of the folder may have another number of iterations, of which more are then trained.
  private let mayExtend: Bool

  /// Plans a run.
  /// - Parameter mayExtend: whether the folder may have a run of another number of iterations, of which more are then trained.
  package init(in folder: RunFolder, _ configuration: RunConfiguration, catalog: Catalog, mayExtend: Bool = false) {
    (self.folder, self.configuration, self.catalog, self.mayExtend) = (folder, configuration, catalog, mayExtend)
  }

  /// Trains the iterations that are missing.
  /// - Parameter report: receives the number of iterations that are made, at first of those that an earlier process made.
  /// - Returns: nil where the run was stopped.
  /// - Throws: `UserError` where the folder has a run of another configuration.
  package func train(
    shouldStop: () -> Bool, report: (_ iterations: Int, _ areEarlier: Bool) -> Void
  ) throws -> Ending? {
    let run: TrainingRun
    if folder.hasRun {
      let found = try folder.configuration(catalog: catalog)
      // A file that the settings name is compared by what is in it: the folder has a copy.
      let isTheSame = try RunIdentity(found) == RunIdentity(configuration)
      let asked = configuration.run.iterations
      guard isTheSame, mayExtend || found.run.iterations == asked else {
        throw UserError(
          "\(folder.path): expected a run of the settings that are planned here, found one of others; move it away",
          status: .configuration)
      }
      if let made = try newestCheckpoint()?.iteration, made >= asked {
        report(asked, true)
        return .completed
      }
      let interval = configuration.running.checkpointInterval
      let settings =
        try
        (found.running.checkpointInterval == interval
        ? [] : [ConfigurationSetting(argument: "checkpoint_interval=\(interval)")])
        + (found.run.iterations >= asked ? [] : [ConfigurationSetting(argument: "iterations=\(asked)")])
      run = try TrainingRun(resuming: folder, settings: settings, catalog: catalog) { _ in }
    } else {
      run = try TrainingRun(configuration: configuration, folder: folder, catalog: catalog)
    }
    do {
      report(run.completedIterations, true)
      let outcome = try run.train(shouldStop: shouldStop, report: { report($0.iteration, false) })
      return outcome == .completed ? .completed : nil
    } catch let error as UserError where error.isDivergence {
      return .diverged
    }
  }

  /// Reads the newest whole checkpoint.
  /// - Throws: `UserError` where there is none.
  package func checkpoint() throws -> Checkpoint {
    guard let checkpoint = try newestCheckpoint() else {
      throw UserError("\(folder.path): expected a checkpoint, found none", status: .missingInput)
    }
    return checkpoint
  }

  /// The iterations of the checkpoints that a training without interruption writes: every `checkpoint_interval`, and the last.
  package var checkpointIterations: [Int] {
    let (interval, last) = (configuration.running.checkpointInterval, configuration.run.iterations)
    let regular = Array(stride(from: interval, through: last, by: interval))
    return regular.last == last ? regular : regular + [last]
  }

  /// Reads the checkpoint of an iteration.
  /// - Throws: `UserError` where there is none, as in a folder of another `checkpoint_interval`.
  package func checkpoint(ofIteration iteration: Int) throws -> Checkpoint {
    guard StoredFile.exists(folder.checkpoints.path(ofIteration: iteration)) else {
      throw UserError(
        "\(folder.path): expected a checkpoint of iteration \(iteration), found none; move the folder away to train it anew",
        status: .missingInput)
    }
    let shape = try catalog.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.checkpoint(ofIteration: iteration, fitting: shape, of: RunIdentity(configuration))
  }

  private func newestCheckpoint() throws -> Checkpoint? {
    let shape = try catalog.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.newest(fitting: shape, of: RunIdentity(configuration)) { _ in }
  }
}
