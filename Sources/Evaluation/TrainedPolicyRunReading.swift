import Parts
public import Runs
public import Training

extension TrainedPolicyRun {
  /// Reads a checkpoint of a run.
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - choice: the checkpoint.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line for each damaged checkpoint.
  /// - Throws: `UserError`, also where the run has no policy.
  public convenience init(
    _ folder: RunFolder, checkpoint choice: CheckpointChoice, catalog: Catalog, warn: (String) -> Void
  ) throws {
    let configuration = try folder.configuration(catalog: catalog)
    let trainer = try catalog.makeTrainer(configuration)
    let checkpoint = try choice.read(
      folder, fitting: trainer.checkpoint, of: RunIdentity(configuration, dataOf: configuration), warn: warn)
    try self.init(folder, configuration, checkpoint)
  }
}
