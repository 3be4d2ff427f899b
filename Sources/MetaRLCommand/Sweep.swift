import ArgumentParser
import Evaluation
import Files
import Foundation
import Parts
import Runs
import Training

/// The command `metarl sweep`, which trains a run for every combination of settings and every seed.
struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a run for every combination of settings and every seed, several at a time.",
    discussion: """
      `\(ProgramName.current) sweep --task sinusoid --set inner_rate=0.1,0.3,1 --seeds 1-3` trains nine runs, in folders such \
      as inner_rate=0.3-seed2. A list is in brackets, whether there are several or one: --set hidden_sizes=[32,32],[64]. \
      Each run is a process of `train --resume-or-start`, whose lines are in the folder logs. The same command goes on \
      where a sweep was stopped, and leaves finished runs as they are.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: ArgumentHelp(
      "Seeds of each combination, such as 1-5 or 1,3,7; the one of the settings if not given.", valueName: "seeds"))
  var seeds: String?

  @Option(
    help: ArgumentHelp(
      "Folder that has the folders of the runs; runs/sweep-<task>-<algorithm> if not given.", valueName: "dir"),
    completion: .directory)
  var folder: String?

  @Option(help: ArgumentHelp("Runs at a time; one a processor core if not given.", valueName: "n"))
  var jobs: String?

  @Option(
    help: ArgumentHelp(
      "Threads of each run; the cores, shared by the runs at a time, if not given, and 1 with --slurm.", valueName: "n")
  )
  var workers: String?

  @Flag(
    help: "Evaluate the runs, and print a row for each combination: the mean over seeds and tasks, with its interval.")
  var evaluate = false

  @Flag(help: "Print the commands, and start nothing.")
  var dryRun = false

  @Flag(help: "Print the script of an array job for Slurm's sbatch, with a task for each run, and start nothing.")
  var slurm = false

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    guard !(dryRun && slurm) else {
      throw UserError("--dry-run and --slurm: expected one of them, found both", status: .usage)
    }
    let sweep = try PlannedSweep(self)
    if slurm { return Console.write(sweep.slurmScript.text) }
    if dryRun {
      for run in sweep.runs { Console.printLine(ShellWord.line([ProgramName.current] + sweep.arguments(of: run))) }
      return
    }
    let interruption = Interruption()
    let display = ProgressDisplay(
      "sweep", counting: .iteration, about: [("folder", sweep.folder)], options: progress)
    let iterations = sweep.runs.reduce(0) { $0 + $1.configuration.run.iterations }
    let outcome = try display.watching(iterations, isComplete: { _ in !interruption.isRequested }) { _ in
      try sweep.train(display) { interruption.isRequested }
    }
    let finished = try sweep.runs.filter { try $0.isFinished() }
    if interruption.isRequested {
      let counts =
        "\(finished.count) of \(sweep.runs.count.counted("run")) in \(sweep.folder) "
        + (sweep.runs.count == 1 ? "is finished" : "are finished")
      Console.printLine("stopped: \(counts); the same command goes on")
      throw interruption.exitCode
    }
    RunSummary.printTable(try sweep.runs.filter(\.folder.hasRun).map { try RunSummary($0.folder) })
    if evaluate { try printEvaluations(of: finished, interruption) }
    if let first = outcome.failures.first {
      Console.printError(
        "\(outcome.failures.count) of \(sweep.runs.count.counted("run")) failed, the first \(first.name): \(first.reason)"
      )
      throw ExitCode(first.status)
    }
    if let first = outcome.taken.first {
      Console.printError(
        "another process is training \(outcome.taken.count) of \(sweep.runs.count.counted("run")), the first \(first); "
          + "the same command goes on when that has ended")
      throw ExitCode(UserError.Status.busy.rawValue)
    }
    printNext(sweep)
  }

  /// Prints a row for each combination of settings, over the seeds of those of its runs that are finished.
  private func printEvaluations(of runs: [PlannedSweep.Run], _ interruption: Interruption) throws {
    var combinations: [String] = []
    for run in runs where !combinations.contains(run.plan.combination) { combinations.append(run.plan.combination) }
    guard !combinations.isEmpty else { return }
    let width = max(11, combinations.map(\.count).max() ?? 0)
    Console.printLine("")
    Console.printLine(
      "combination".padding(toLength: width, withPad: " ", startingAt: 0)
        + ["seeds", "before", "after", "95% low", "95% high"].map { Console.cell($0) }.joined())
    for combination in combinations {
      if interruption.isRequested { throw interruption.exitCode }
      let folders = runs.filter { $0.plan.combination == combination }.map(\.folder)
      let evaluation = try RunEvaluation(
        folders, options: EvaluationOptions(), catalog: MetaRL.catalog, warn: Console.printError)
      let display = ProgressDisplay(
        "sweep", counting: .task, about: [("combination", combination)], options: progress)
      let findings = try display.watching(0) { show in
        try evaluation.findings { show(ProgressPoint(done: $0, all: $1)) }
      }
      try findings.store(warn: Console.printError)
      guard let before = findings.report.steps.first, let after = findings.report.steps.last else { continue }
      let numbers = [before.mean, after.mean, after.low, after.high]
      Console.printLine(
        combination.padding(toLength: width, withPad: " ", startingAt: 0)
          + Console.cell(ReadableNumber.grouped(folders.count))
          + numbers.map { number in Console.cell(number.map { String(format: "%.4g", $0) } ?? "-") }.joined())
    }
  }

  private func printNext(_ sweep: PlannedSweep) {
    let program = ProgramName.current
    let folders = "\(ShellWord.quoted(sweep.folder))/*-seed*"
    let next: String? =
      switch sweep.plan.axes.count {
      case 0: "\(program) evaluate \(ShellWord.quoted(sweep.folder))/seed*"
      case 1: "\(program) compare \(folders) --by \(sweep.plan.axes[0].key)"
      default: evaluate ? nil : "the same command with --evaluate"
      }
    Console.printLine(
      (sweep.runs.count == 1
        ? "the run in \(sweep.folder) is finished" : "all \(sweep.runs.count) runs in \(sweep.folder) are finished")
        + (next.map { "; next: \($0)" } ?? ""))
  }
}
