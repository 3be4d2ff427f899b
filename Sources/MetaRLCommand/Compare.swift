import ArgumentParser
import Evaluation
import Foundation
import Parts
import Reporting
import Runs

/// The command `metarl compare`, which compares algorithms by runs of several seeds.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare algorithms, or the values of any key, by runs of several seeds each.",
    discussion: """
      The statistics are those of Agarwal et al. (2021), as rliable computes them: the mean of the middle half of all scores \
      (IQM), mean, median, and how probably a run of one algorithm is better at a task than a run of another, each with a \
      95% interval of a stratified bootstrap. All runs meet the same tasks: a run whose evaluation.json is not of these is \
      evaluated anew, and its folder keeps the result as after `evaluate`, unless it has one by another seed. Losses are \
      negated, so that more is better. The optimality gap needs --references, by which 0 is the score before training \
      and 1 that of the oracle.
      """)

  @Argument(help: ArgumentHelp("Folders of runs on one task.", valueName: "run"), completion: Completions.runs)
  var folders: [String]

  @Option(
    help: ArgumentHelp("Key by whose values runs are taken together.", valueName: "key"), completion: Completions.keys)
  var by = "algorithm"

  @Option(
    help: ArgumentHelp(
      "Held-out tasks, of each task where tasks can be counted. Without this and --seed, those on which all runs have been evaluated, or the number of the task family.",
      valueName: "n"))
  var tasks: String?

  @Option(help: ArgumentHelp("Inner steps; those of the training if not given.", valueName: "k"))
  var steps: String?

  @Option(
    help: ArgumentHelp(
      "Seed of the tasks; if not given, that of the evaluations, or the first run's own.", valueName: "n"))
  var seed: String?

  @Flag(help: "Normalise scores by those before training and by the oracle, which is trained where it is not known.")
  var references = false

  @Flag(help: "Print one object.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "File for a chart of the performance profiles (.svg, .png, .pdf), or for the object (.json).", valueName: "file"))
  var output: String?

  func run() throws {
    let ending = output?.split(separator: ".").last.map(String.init) ?? ""
    let format = Gnuplot.Format(rawValue: ending)
    guard output == nil || format != nil || ending == "json" else {
      throw UserError(
        "--output: expected a name that ends in .svg, .png, .pdf or .json, found '\(output ?? "")'", status: .usage)
    }
    let options = ComparisonOptions(
      by: by, tasks: try NumberOption.read("--tasks", tasks, in: 1...10_000),
      steps: try NumberOption.read("--steps", steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max), isNormalized: references)
    let comparison = try RunComparison(
      folders.map { try RunFolder(trained: $0) }, options: options, catalog: MetaRL.catalog,
      warn: Console.printError, progress: Console.printError)
    let object = try JSONText.encode(comparison)
    if json { Console.printLine(object) } else { printTables(comparison) }
    guard let output else { return }
    if let format {
      try StoredFile.write(Gnuplot.draw(CurveChart(profilesOf: comparison), as: format), to: output)
    } else {
      try StoredFile.write(object + "\n", to: output)
    }
  }

  private func printTables(_ comparison: RunComparison) {
    let sign = comparison.measure == "loss" && !comparison.isNormalized ? "minus " : ""
    Console.printLine(
      "\(comparison.isNormalized ? "normalised " : "")\(sign)\(comparison.measure) after \(comparison.k.counted("step")) on "
        + "\(comparison.tasks.counted("task")), by \(comparison.by)")
    let width = max(10, comparison.groups.map(\.name.count).max() ?? 0)
    func pad(_ text: String) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
    let gap = comparison.isNormalized ? ["gap"] : []
    Console.printLine(
      pad(comparison.by)
        + (["runs", "IQM", "95% low", "95% high", "mean", "95% low", "95% high", "median"] + gap).map {
          Console.cell($0)
        }
        .joined())
    for group in comparison.groups {
      let numbers =
        [group.iqm, group.iqmLow, group.iqmHigh, group.mean, group.meanLow, group.meanHigh, group.median]
        + (group.optimalityGap.map { [$0] } ?? [])
      Console.printLine(
        pad(group.name) + Console.cell(String(group.runs))
          + numbers.map { number in Console.cell(number.map { String(format: "%.4g", $0) } ?? "-") }.joined())
    }
    guard !comparison.improvements.isEmpty else { return }
    Console.printLine("probability of improvement, with its 95% interval")
    for improvement in comparison.improvements {
      Console.printLine(
        "\(pad(improvement.of)) over \(pad(improvement.over))"
          + [improvement.probability, improvement.low, improvement.high].map { number in
            Console.cell(number.map { String(format: "%.2f", $0) } ?? "-")
          }
          .joined())
    }
  }
}

extension CurveChart {
  /// The chart of performance profiles: a line for each group.
  fileprivate init(profilesOf comparison: RunComparison) {
    let measure = comparison.measure == "loss" && !comparison.isNormalized ? "minus loss" : comparison.measure
    self.init(
      title: "performance profiles after \(comparison.k.counted("inner step"))",
      xLabel: comparison.isNormalized ? "normalised \(measure)" : measure, yLabel: "share of runs and tasks above",
      curves: comparison.profiles.map { profile in
        Curve(title: profile.name, points: zip(profile.thresholds, profile.shares).map { Curve.Point(x: $0, mean: $1) })
      })
  }
}
