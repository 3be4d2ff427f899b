public import Parts
public import Runs

/// What charts and tables call a run, and what tells it apart from others.
public struct ReportedRun: Sendable {
  /// The path of the folder as the user gave it.
  public let name: String
  /// The name of the task family.
  public let task: String
  /// The name of the algorithm.
  public let algorithm: String
  /// The seed of the run.
  public let seed: Int
  /// The values on which every number of the run depends.
  let identity: RunIdentity

  /// Reads a run's folder; it may still be training.
  /// - Throws: `UserError` where the folder is not a run's, or its configuration is damaged.
  public init(_ folder: RunFolder, catalog: Catalog) throws(UserError) {
    let configuration = try folder.configuration(catalog: catalog)
    name = folder.path
    task = configuration.taskName
    algorithm = configuration.algorithmName
    seed = configuration.run.seed
    identity = try RunIdentity(configuration, storedIn: folder)
  }
}
