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
    abstract: "Draw what a run has learned, before and after its inner steps.",
    discussion: """
      Robots and points are seen moving. Of functions of one variable it is the truth, the examples and the predictions; of \
      images those that a task adapts to and the predicted classes of the others; of bandits how often each arm is pulled, \
      and of tabular processes how often each action is taken in each state.

      A gif or an mp4 shows both episodes one above the other, at the pace of the world, and of what does not move one \
      inner step after another; a png or an svg is a strip of poses, or has a panel for each look. The episodes are the first of those by which evaluate, on as many tasks as it usually takes, scores the task \
      with the same seed. mp4 needs ffmpeg.
      """)

  @Argument(help: ArgumentHelp("Folder of a run, or pretrained:NAME.", valueName: "run"), completion: Completions.runs)
  var folder: String

  @Option(help: ArgumentHelp("\(RehearsalOptions.taskHelp); the first if not given.", valueName: "name"))
  var task: String?

  @OptionGroup var options: RehearsalOptions

  @Flag(help: "Look after each number of inner steps, rather than before and after all of them.")
  var allSteps = false

  @Option(help: ArgumentHelp("File to write: its ending, gif, mp4, png or svg, is the format.", valueName: "file"))
  var output: String

  func run() throws {
    let ending = output.split(separator: ".").last.map { $0.lowercased() } ?? ""
    guard output.contains("."), let format = FilmFormat(rawValue: ending) else {
      let formats = FilmFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw UserError("--output \(output): expected a name that ends with one of \(formats)", status: .usage)
    }
    let (picture, bytes) = try Interruption.abandoning { try drawn(as: format) }
    try StoredFile.write(bytes, to: output)
    let digits = picture.measure == "return" ? "%.1f" : "%.3f"
    let scores = picture.scores.map { String(format: digits, $0.score) }.joined(separator: " -> ")
    Console.printLine("\(output): \(picture.title), \(picture.task); \(picture.measure) \(scores)")
  }

  /// Returns what is seen, and the bytes of its picture.
  private func drawn(as format: FilmFormat) throws -> (picture: AdaptationPicture, bytes: [UInt8]) {
    let rehearsal = try options.rehearsal(of: folder)
    let isSequence = [.gif, .mp4].contains(format) && rehearsal.view == .steps
    let picture = try rehearsal.picture(task: task, isWhole: allSteps || isSequence)
    let (looks, most) = (picture.scores.count, isSequence ? Self.mostFrames : Self.mostPanels)
    guard looks <= most else {
      throw UserError(
        "\(isSequence ? "--steps" : "--all-steps"): expected at most \((most - 1).counted("step")), found \(looks - 1)",
        status: .usage)
    }
    return (picture, try PictureFile.bytes(of: picture, as: format))
  }

  /// The greatest number of looks in one picture.
  private static let mostPanels = 21
  /// The greatest number of looks one after another.
  private static let mostFrames = 201
}
