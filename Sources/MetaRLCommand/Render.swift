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
      their poses. The episodes are the first of those by which evaluate, on as many tasks as it usually takes, scores the task \
      with the same seed. mp4 needs ffmpeg.
      """)

  @Argument(help: ArgumentHelp("Folder of a run, or pretrained:NAME.", valueName: "run"))
  var folder: String

  @OptionGroup var options: RehearsalOptions

  @Flag(help: "Show the episodes after each number of inner steps, rather than before and after all of them.")
  var allSteps = false

  @Option(help: ArgumentHelp("File to write: its ending, gif, mp4, png or svg, is the format.", valueName: "file"))
  var output: String

  func run() throws {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard output.contains("."), let format = FilmFormat(rawValue: ending) else {
      let formats = FilmFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError("--output \(output): expected a name that ends with one of \(formats)", status: .usage)
    }
    let film = try options.rehearsal(of: folder).film(task: options.task, isWhole: allSteps)
    guard film.episodes.count <= Self.mostEpisodes else {
      throw UserError(
        "--all-steps: expected at most \(Self.mostEpisodes - 1) steps, found \(film.episodes.count - 1)", status: .usage
      )
    }
    try StoredFile.write(FilmPainter.file(of: film, as: format), to: output)
    let returns = film.episodes.map { String(format: "%.1f", $0.episodeReturn) }.joined(separator: " -> ")
    Console.printLine("\(output): \(film.title), \(film.task); return \(returns)")
  }

  /// The greatest number of episodes one above the other.
  private static let mostEpisodes = 21
}
