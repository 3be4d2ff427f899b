import ArgumentParser
import Evaluation
import Parts
import Runs

/// The options of commands that show a run on one task.
struct RehearsalOptions: ParsableArguments {
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

  /// What a task's name may be, for the help of `--task`.
  static let taskHelp = "Task, such as forward, or the number of a held-out task"

  /// The names of the options that were given, in their order.
  var given: [String] {
    let values = [("steps", steps), ("checkpoint", checkpoint), ("seed", seed)]
    return values.filter { $0.1 != nil }.map { "--\($0.0)" } + (assignments.isEmpty ? [] : ["--set"])
  }

  /// Reads a run.
  /// - Parameters:
  ///   - folder: the folder of the run.
  ///   - steps: the number of inner steps where the options give none; nil for those of the training.
  func rehearsal(of folder: String, steps usual: Int? = nil) throws -> RunRehearsal {
    var settings: [ConfigurationSetting] = []
    for assignment in assignments { settings.append(try ConfigurationSetting(argument: assignment)) }
    let options = EvaluationOptions(
      checkpoint: try CheckpointChoice(option: checkpoint),
      steps: try NumberOption.read("--steps", steps, in: 0...1_100) ?? usual,
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max), settings: settings)
    return try RunRehearsal(
      RunFolder(trained: folder), options: options, catalog: MetaRL.catalog, warn: Console.printError)
  }
}
