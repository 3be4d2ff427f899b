import ArgumentParser
import Evaluation
import Foundation
import Parts
import Pictures
import Runs
import Scenes

/// The command `metarl render`, which draws what a run has learned.
struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw the robot, or the point, of a run before and after its inner steps.",
    discussion: """
      A gif or an mp4 shows both episodes one above the other, at the pace of the world; a png or an svg is a strip of \
      their poses. The episodes are the first of those by which evaluate scores the task with the same seed. mp4 needs ffmpeg.
      """)

  @Argument(help: ArgumentHelp("Folder of a run.", valueName: "run"))
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Task, such as forward, or the number of a held-out task; the first if not given.", valueName: "name"))
  var task: String?

  @Option(help: ArgumentHelp("Inner steps; those of the training if not given.", valueName: "k"))
  var steps: String?

  @Flag(help: "Show the episodes after each number of inner steps, rather than before and after all of them.")
  var allSteps = false

  @Option(
    help: ArgumentHelp("Checkpoint: an iteration, or best; the newest if not given.", valueName: "iteration"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Seed of the task and its episodes; the run's own if not given.", valueName: "n"))
  var seed: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a key that is a condition of an evaluation, such as physics.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: ArgumentHelp("File to write: its ending, gif, mp4, png or svg, is the format.", valueName: "file"))
  var output: String

  func run() throws {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard output.contains("."), let format = FilmFormat(rawValue: ending) else {
      let formats = FilmFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError("--output \(output): expected a name that ends with one of \(formats)", status: .usage)
    }
    let films = try RunFilms(
      RunFolder(argument: folder, of: "run"), options: options(), catalog: MetaRL.catalog, warn: Console.printError)
    let film = try films.film(task: task, isWhole: allSteps)
    try StoredFile.write(FilmPainter.file(of: film, as: format), to: output)
    let returns = film.episodes.map { String(format: "%.1f", $0.episodeReturn) }.joined(separator: " -> ")
    Console.printLine("\(output): \(film.title), \(film.task); return \(returns)")
  }

  private func options() throws(UserError) -> EvaluationOptions {
    var settings: [ConfigurationSetting] = []
    for assignment in assignments { settings.append(try ConfigurationSetting(argument: assignment)) }
    return EvaluationOptions(
      checkpoint: try CheckpointChoice(option: checkpoint),
      steps: try NumberOption.read("--steps", steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max), settings: settings)
  }
}
