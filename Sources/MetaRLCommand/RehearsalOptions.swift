import ArgumentParser
import Evaluation
import Parts
import Runs

/// The options of commands that show a run on one task.
struct RehearsalOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Folder of a run, or pretrained:NAME.", valueName: "run"), completion: Completions.runs)
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Task, such as forward, or the number of a held-out task; the first if not given.", valueName: "name"))
  var task: String?

  @Option(help: ArgumentHelp("Inner steps; those of the training if not given.", valueName: "k"))
  var steps: String?

  @Option(
    help: ArgumentHelp("Checkpoint: an iteration, or best; the newest if not given.", valueName: "iteration"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Seed of the task and its episodes; the run's own if not given.", valueName: "n"))
  var seed: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a key that is a condition of an evaluation, such as physics.", valueName: "key=value"))
  var assignments: [String] = []

  /// Reads the run.
  func rehearsal() throws -> RunRehearsal {
    var settings: [ConfigurationSetting] = []
    for assignment in assignments { settings.append(try ConfigurationSetting(argument: assignment)) }
    let options = EvaluationOptions(
      checkpoint: try CheckpointChoice(option: checkpoint),
      steps: try NumberOption.read("--steps", steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max), settings: settings)
    return try RunRehearsal(
      RunFolder(trained: folder), options: options, catalog: MetaRL.catalog, warn: Console.printError)
  }
}
