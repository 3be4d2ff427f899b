import Parts
public import Runs
public import Scenes
import Training

/// Films of what a run has learned.
public struct RunFilms {
  private let filmer: any AdaptationFilmer
  private let checkpoint: Checkpoint
  private let seed: Int
  private let steps: Int

  /// Reads a checkpoint of a run.
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - options: the checkpoint, the seed, the inner steps and the conditions; the others have no effect.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each damaged checkpoint, and for data that are not the published ones.
  /// - Throws: `UserError`, also where nothing of the run can be drawn.
  public init(_ folder: RunFolder, options: EvaluationOptions, catalog: Catalog, warn: (String) -> Void) throws {
    let trained = try folder.configuration(catalog: catalog)
    let configuration = try options.applied(to: trained, catalog: catalog)
    guard let filmer = try catalog.learning(of: trained).makeFilmer(configuration) else {
      throw UserError(
        "\(folder.path): expected a run of tasks that move, such as robots and points, found \(trained.taskName)",
        status: .usage)
    }
    let trainer = try catalog.makeTrainer(configuration)
    trainer.warnings.forEach(warn)
    self.filmer = filmer
    checkpoint = try options.checkpoint.read(
      folder, fitting: trainer.checkpoint, of: RunIdentity(trained, dataOf: configuration), warn: warn)
    seed = options.seed ?? configuration.run.seed
    steps = options.steps ?? filmer.stepCount
  }

  /// Records the episodes before adaptation and after the inner steps.
  /// - Parameters:
  ///   - task: the name or the number of the task; nil for the first.
  ///   - isWhole: whether to record an episode after each number of steps, rather than before and after all of them.
  public func film(task: String?, isWhole: Bool = false) throws -> AdaptationFilm {
    let steps = isWhole ? Array(0...self.steps) : self.steps == 0 ? [0] : [0, self.steps]
    return try filmer.film(FilmRequest(checkpoint: checkpoint, task: task, steps: steps, seed: seed))
  }
}
