import ArgumentParser
import Experiments

/// `metarl evaluate`: how well a run adapts to held-out tasks.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adapt a run's newest checkpoint to held-out tasks; writes evaluation.json.")

  @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"))
  var folder: String

  @Option(help: ArgumentHelp("Held-out tasks, of each direction where tasks have one.", valueName: "n"))
  var tasks = 20

  @Option(help: ArgumentHelp("Inner steps, up to.", valueName: "k"))
  var steps = 1

  @Option(
    help: ArgumentHelp("Seed of the held-out tasks and their episodes; the run's own if not given.", valueName: "n"))
  var seed: Int?

  @Flag(help: "Print the object of evaluation.json.")
  var json = false

  func run() throws {
  }
}
