import Parts
import Runs

extension RehearsalRequest {
  /// Returns what the file of an adapted model says of how it came about: the family, the task and the steps, the
  /// checkpoint, the seed and the run's configuration.
  /// - Parameters:
  ///   - format: the name of the form of the metadata.
  ///   - task: what the file says of the task, by name.
  func metadata(
    of configuration: RunConfiguration, format: String, task: [String: String]
  ) -> [String: String] {
    let count = steps.last ?? 0
    var metadata = [
      "metarl.format": format, "family": configuration.taskName, "inner_steps": String(count),
      "iteration": String(checkpoint.iteration), "seed": String(seed),
    ]
    // Before adaptation a model knows of no task.
    if count > 0 { metadata.merge(task) { own, _ in own } }
    for entry in configuration.entries {
      metadata["config.\(entry.key.name)"] = configuration[entry.key.name]?.description
    }
    return metadata
  }

  /// The title of a picture: the algorithm, the family and the checkpoint.
  func title(of configuration: RunConfiguration) -> String {
    "\(configuration.algorithmName) on \(configuration.taskName), iteration \(checkpoint.iteration)"
  }
}
