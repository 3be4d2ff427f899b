import ArgumentParser
import Experiments
import Foundation

/// `metarl evaluate`: how well a run adapts to held-out tasks.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adapt a run's newest checkpoint to held-out tasks; writes evaluation.json.")

  @Argument(help: ArgumentHelp("Folder of the run.", valueName: "run"))
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Held-out tasks, of each direction where tasks have one; 20 for policies and 600 for supervised tasks if not given.",
      valueName: "n"))
  var tasks: String?

  @Option(help: ArgumentHelp("Inner steps, up to; 1 if not given.", valueName: "k"))
  var steps: String?

  @Option(
    help: ArgumentHelp("Examples that a supervised task adapts to; the run's own if not given.", valueName: "n"))
  var shots: String?

  @Option(help: ArgumentHelp("Seed of the tasks and their episodes; the run's own if not given.", valueName: "n"))
  var seed: String?

  @Flag(help: "Print the object of evaluation.json.")
  var json = false

  func run() throws {
    let tasks = try NumberOption.read("--tasks", tasks, in: 1...10_000)
    let steps = try NumberOption.read("--steps", steps, in: 0...100) ?? 1
    let seed = try NumberOption.read("--seed", seed, in: 0...Int.max)
    let shots = try NumberOption.read("--shots", shots, in: 1...100_000)
    let report = try RunFolder(path: folder).evaluate(
      tasks: tasks, steps: steps, seed: seed, shots: shots, catalog: .standard, warn: Console.printError)
    if json {
      Console.printLine(try JSONText.encode(report))
    } else {
      printTable(report)
    }
  }

  private func printTable(_ report: EvaluationReport) {
    let groups = report.steps.first.map { $0.groups.keys.sorted().reversed() } ?? []
    let each = groups.isEmpty ? "" : " for each of \(groups.joined(separator: ", "))"
    Console.printLine(
      "\(report.algorithm) on \(report.task), iteration \(report.iteration): \(report.measure) on \(report.tasks) "
        + "held-out tasks\(each)" + (report.shots.map { ", \($0) shots" } ?? ""))
    // Returns are of one size; losses may be any.
    let format = report.measure == "return" ? "%.2f" : "%.4g"
    Console.printLine("steps" + (["mean", "95% low", "95% high"] + groups).map(cell).joined())
    for step in report.steps {
      let values = [step.mean, step.low, step.high] + groups.map { step.groups[$0] }
      let cells = values.map { value in cell(value.map { String(format: format, $0) } ?? "-") }
      Console.printLine(String(step.k).padding(toLength: 5, withPad: " ", startingAt: 0) + cells.joined())
    }
    Console.printLine("the interval is over \(report.intervalOver), for one training seed")
  }

  private func cell(_ text: String) -> String {
    String(repeating: " ", count: max(1, 11 - text.count)) + text
  }
}
