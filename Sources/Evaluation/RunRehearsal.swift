public import Parts
public import Runs
public import Scenes
import Training

/// What a run has learned, on one task: pictures, and models that have adapted.
public struct RunRehearsal {
  private let rehearsal: any TaskRehearsal
  private let checkpoint: Checkpoint
  private let seed: Int
  private let steps: Int

  /// Reads a checkpoint of a run.
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - options: the checkpoint, the seed, the inner steps and the conditions; the others have no effect.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each damaged checkpoint, and for data that are not the published ones.
  /// - Throws: `UserError`, also where nothing of the run can be shown.
  public init(_ folder: RunFolder, options: EvaluationOptions, catalog: Catalog, warn: (String) -> Void) throws {
    let trained = try folder.configuration(catalog: catalog)
    let configuration = try options.applied(to: trained, catalog: catalog)
    guard let rehearsal = try catalog.makeRehearsal(configuration) else {
      throw UserError(
        "\(folder.path): expected a run of policies, or of supervised tasks, found \(trained.taskName)",
        status: .usage)
    }
    let trainer = try catalog.makeTrainer(configuration)
    trainer.warnings.forEach(warn)
    self.rehearsal = rehearsal
    checkpoint = try options.checkpoint.read(
      folder, fitting: trainer.checkpoint, of: RunIdentity(trained, dataOf: configuration), warn: warn)
    seed = options.seed ?? configuration.run.seed
    steps = options.steps ?? rehearsal.stepCount
  }

  /// Adapts to a task and records what is seen.
  /// - Parameters:
  ///   - task: the name or the number of the task; nil for the first.
  ///   - isWhole: whether to look after each number of steps, rather than before and after all of them.
  public func picture(task: String?, isWhole: Bool = false) throws -> AdaptationPicture {
    let steps = isWhole ? Array(0...self.steps) : self.steps == 0 ? [0] : [0, self.steps]
    return try rehearsal.picture(RehearsalRequest(checkpoint: checkpoint, task: task, steps: steps, seed: seed))
  }

  /// What of the run can be drawn.
  public var view: RehearsalView { rehearsal.view }

  /// Adapts to a task and returns the model.
  /// - Parameter task: the name or the number of the task; nil for the first.
  public func model(task: String?) throws -> AdaptedModel {
    try rehearsal.model(RehearsalRequest(checkpoint: checkpoint, task: task, steps: [steps], seed: seed))
  }

  /// Reads a checkpoint of a run that can be drawn; nil where nothing of it can.
  public init?(
    showing folder: RunFolder, options: EvaluationOptions, catalog: Catalog, warn: (String) -> Void
  ) throws {
    let configuration = try folder.configuration(catalog: catalog)
    guard let rehearsal = try catalog.makeRehearsal(configuration) else { return nil }
    if case .nothing = rehearsal.view { return nil }
    try self.init(folder, options: options, catalog: catalog, warn: warn)
  }

  /// The pictures of each task, where there are finitely many, and of the first ones otherwise: episodes after each number of
  /// inner steps, and what does not move before and after all of them.
  public func pictures(atMost count: Int) throws -> [AdaptationPicture] {
    let names = rehearsal.taskNames.isEmpty ? (1...count).map(String.init) : Array(rehearsal.taskNames.prefix(count))
    return try names.map { try picture(task: $0, isWhole: view == .episodes) }
  }

  /// The greatest number of inner steps of a run's `evaluation.json`; nil without one that fits the run.
  /// - Throws: `UserError` where the run's configuration cannot be read.
  public static func evaluatedSteps(of folder: RunFolder, catalog: Catalog) throws(UserError) -> Int? {
    let run = try folder.configuration(catalog: catalog)
    return StoredEvaluation(of: folder, run, warn: { _ in })?.steps.map(\.k).max()
  }
}
