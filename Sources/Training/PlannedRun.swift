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

  /// Plans a run.
  package init(in folder: RunFolder, _ configuration: RunConfiguration, catalog: Catalog) {
    (self.folder, self.configuration, self.catalog) = (folder, configuration, catalog)
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
      guard isTheSame, found.run.iterations == configuration.run.iterations else {
        throw UserError(
          "\(folder.path): expected a run of the settings that are planned here, found one of others; move it away",
          status: .configuration)
      }
      if try newestCheckpoint()?.iteration == configuration.run.iterations {
        report(configuration.run.iterations, true)
        return .completed
      }
      run = try TrainingRun(resuming: folder, settings: [], catalog: catalog) { _ in }
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

  /// Reads all checkpoints, the oldest first.
  package func checkpoints() throws -> [Checkpoint] {
    let shape = try catalog.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.iterations().map {
      try folder.checkpoints.checkpoint(ofIteration: $0, fitting: shape, of: RunIdentity(configuration))
    }
  }

  /// Reads the checkpoint that is nearest to a share of the iterations.
  /// - Throws: `UserError` where there is none.
  package func checkpoint(near share: Double) throws -> Checkpoint {
    let wanted = share * Double(configuration.run.iterations)
    func distance(_ iteration: Int) -> Double { abs(Double(iteration) - wanted) }
    guard let nearest = try folder.checkpoints.iterations().min(by: { distance($0) < distance($1) }) else {
      return try checkpoint()
    }
    let shape = try catalog.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.checkpoint(ofIteration: nearest, fitting: shape, of: RunIdentity(configuration))
  }

  private func newestCheckpoint() throws -> Checkpoint? {
    let shape = try catalog.makeTrainer(configuration).checkpoint
    return try folder.checkpoints.newest(fitting: shape, of: RunIdentity(configuration)) { _ in }
  }
}
