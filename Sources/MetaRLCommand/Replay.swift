import ArgumentParser
import Parts
import Runs
import Training

/// The command `metarl replay`, which checks that a run gives the same bits again.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a run again from its config.yaml and compare every iteration with the hashes it has kept.",
    discussion: """
      The folder stays as it is. The exit code is 0 where all iterations have the same bits, and 65 where one differs. \
      The bits are the same for any number of workers; on another processor, or with another OpenBLAS, they may differ, \
      but for runs with deterministic kernels.
      """)

  @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"), completion: Completions.runs)
  var folder: String

  @Option(help: ArgumentHelp("Compare the first iterations only.", valueName: "n"))
  var iterations: String?

  @Option(help: ArgumentHelp("Threads; the run's own number if not given.", valueName: "n"))
  var workers: String?

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    let replay = try RunReplay(
      RunFolder(argument: folder, of: "run"), workers: NumberOption.read("--workers", workers, in: 0...1_024),
      iterations: NumberOption.read("--iterations", iterations, in: 1...1_000_000_000), catalog: MetaRL.catalog)
    let foreign = replay.otherKernels
    if !foreign.isEmpty {
      Console.printError(
        "\(folder) was computed by the kernels \(foreign.joined(separator: ", ")), which differ from this machine's: "
          + "the last bits may too")
    }
    let interruption = Interruption()
    let display = ProgressDisplay("replay", counting: .iteration, about: [("run", folder)], options: progress)
    let outcome = try display.watching(replay.iterations, isComplete: { !$0.isInterrupted }) { show in
      try replay.run(shouldStop: { interruption.isRequested }) { iteration in
        show(ProgressPoint(done: iteration, all: replay.iterations))
      }
    }
    switch outcome {
    case .same:
      let count = replay.iterations
      Console.printLine(
        "\(folder): \(count.counted("iteration")) trained again, \(count == 1 ? "" : "all ")with the same bits")
    case .interrupted(let iteration):
      Console.printLine("\(folder): stopped after iteration \(iteration); all up to it have the same bits")
      throw interruption.exitCode
    case .differs(let iteration, let what):
      throw UserError(
        "\(folder): iteration \(iteration) is the first that differs, in its \(what.joined(separator: " and "))",
        status: .malformedData)
    }
  }
}
