import ArgumentParser
import Foundation
import Parts
import Reporting
import Reproduction
import Runs

/// The command `metarl reproduce`, which trains and evaluates a paper's table or figure anew.
struct Reproduce: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train and evaluate what a paper's table or figure shows; --list names them.",
    discussion: """
      Every run is an ordinary run folder, one thread each. A recipe that was stopped goes on where it was, and one that \
      is done only evaluates. Numbers are means over seeds with 95% intervals, the paper's in parentheses.
      """)

  @Argument(help: ArgumentHelp("Recipes.", valueName: "name"), completion: Completions.recipes)
  var names: [String] = []

  @Flag(help: "Every recipe.")
  var all = false

  @Flag(help: "A tenth of the iterations and one seed.")
  var quick = false

  @Flag(help: "List the recipes and run nothing.")
  var list = false

  @Flag(help: "Print an array of objects.")
  var json = false

  @Option(help: ArgumentHelp("Where the runs are kept.", valueName: "dir"))
  var folder = "runs/reproduce"

  @Option(help: ArgumentHelp("Runs at a time; one a processor core if not given.", valueName: "n"))
  var workers: String?

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    if list { return try printList(all || names.isEmpty ? Recipe.all : chosen()) }
    let (recipes, hasStudy) = (try chosen(), all || names.contains(EstimatorStudy.name))
    let workers = try NumberOption.read("--workers", workers, in: 1...1_024)
    let folder = try RunFolder(argument: folder, of: "--folder").path
    let interruption = Interruption()
    let count = workers ?? ProcessInfo.processInfo.activeProcessorCount
    var tables: [ReproductionTable] = []
    for recipe in recipes {
      guard let table = try table(of: recipe, in: folder, workers: count, interruption) else {
        let line = "stopped; the same command goes on from the checkpoints in \(folder)"
        if json { Console.printError(line) } else { Console.printLine(line) }
        throw interruption.exitCode
      }
      tables.append(table)
      if !json {
        let seeds = table.seeds.map(String.init).joined(separator: ", ")
        Console.printLine("\(table.source): \(table.measure), seeds \(seeds), intervals over \(table.intervalOver)")
        Console.printLine(table.markdown)
      }
    }
    if json, !recipes.isEmpty { Console.printLine(try JSONText.encode(tables)) }
    if hasStudy { try runStudy(in: folder, workers: count, interruption) }
    // A signal after the last computation is reported, too: its sender does not want the next command to start.
    if interruption.isRequested { throw interruption.exitCode }
  }

  /// Trains and evaluates the runs of a recipe.
  /// - Returns: the table; nil where a signal stopped the work first.
  private func table(
    of recipe: Recipe, in folder: String, workers: Int, _ interruption: Interruption
  ) throws -> ReproductionTable? {
    let runner = ReproductionRunner(recipe, folder: folder, isQuick: quick, workers: workers)
    let display = ProgressDisplay(
      "reproduce", counting: .iteration, about: [("recipe", recipe.name)], options: progress)
    return try display.watching(0, isComplete: { $0 != nil }) { show in
      try runner.run(shouldStop: { interruption.isRequested }) { report in
        if let run = report.run { display.note("\(recipe.name): \(report.done) of \(report.all) runs, \(run)") }
        show(ProgressPoint(report, of: recipe))
      }
    }
  }

  /// Measures the estimators of meta-gradients; prints tables, and draws figures where there is gnuplot.
  private func runStudy(in folder: String, workers: Int, _ interruption: Interruption) throws {
    let display = ProgressDisplay(
      "reproduce", counting: .point, about: [("recipe", EstimatorStudy.name)], options: progress)
    let study = try display.watching(0, isComplete: { $0 != nil }) { show in
      try EstimatorStudy(isQuick: quick, workers: workers, shouldStop: { interruption.isRequested }) { done, all in
        show(ProgressPoint(done: done, all: all))
      }
    }
    guard let study else { throw interruption.exitCode }
    let folder = "\(folder)/\(EstimatorStudy.name)\(quick ? "-quick" : "")"
    try StoredFile.createFolders(folder)
    let object = try JSONText.encode(study.points)
    try StoredFile.write(object + "\n", to: "\(folder)/points.json")
    if json {
      Console.printLine(object)
    } else {
      Console.printLine(
        "meta-gradients of one inner step, means over \(study.processes) processes, each with \(study.estimates) estimates"
      )
      for axis in EstimatorStudy.Axis.allCases { Console.printLine("\n\(study.markdown(along: axis))") }
    }
    guard Gnuplot.isInstalled else {
      return Console.printError("no figure: charts need gnuplot, which is not installed")
    }
    for axis in EstimatorStudy.Axis.allCases {
      let path = "\(folder)/cosine-against-\(axis.rawValue).svg"
      try StoredFile.write(Gnuplot.draw(CurveChart(of: study, along: axis), as: .svg), to: path)
      if !json { Console.printLine("\(path)") }
    }
  }

  /// A row of `--list --json`, whose names programs read.
  private struct Row: Encodable {
    var name: String
    var summary: String
    var source: String
  }

  private func printList(_ recipes: [Recipe]) throws(UserError) {
    var rows = recipes.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
    if all || names.isEmpty || names.contains(EstimatorStudy.name) {
      rows.append(
        Row(
          name: EstimatorStudy.name, summary: EstimatorStudy.summary,
          source: "metarl, after Foerster et al. 2018, Rothfuss et al. 2019, Stadie et al. 2018"))
    }
    if json {
      Console.printLine(try JSONText.encode(rows))
      return
    }
    for row in rows {
      Console.printLine("\(row.name.padding(toLength: 26, withPad: " ", startingAt: 0))\(row.summary)")
      Console.printLine(String(repeating: " ", count: 26) + row.source)
    }
  }

  private func chosen() throws(UserError) -> [Recipe] {
    guard all || !names.isEmpty else {
      throw UserError(
        "no recipe is given: expected --all or one of \((Recipe.all.map(\.name) + [EstimatorStudy.name]).joined(separator: ", "))",
        status: .usage)
    }
    if all { return Recipe.all }
    var recipes: [Recipe] = []
    for name in names where name != EstimatorStudy.name {
      recipes.append(try Recipe.named(name, others: [EstimatorStudy.name]))
    }
    return recipes
  }
}

extension ProgressPoint {
  /// Creates the point of a recipe: the iterations of all its runs.
  fileprivate init(_ report: ReproductionRunner.Report, of recipe: Recipe) {
    self.init(done: report.iterations, all: report.allIterations, earlier: report.earlierIterations) {
      ProgressDetails(
        highlights: ["run \(report.done)/\(report.all) of \(recipe.name)"],
        metrics: [("runs_done", Double(report.done)), ("runs", Double(report.all))])
    }
  }
}

extension CurveChart {
  /// The chart of the cosine of each estimator along an axis.
  fileprivate init(of study: EstimatorStudy, along axis: EstimatorStudy.Axis) {
    let points = study.points(along: axis)
    self.init(
      title: "meta-gradient estimators on tabular processes",
      xLabel: axis == .episodes ? "episodes before and after the inner step" : "actions in an episode",
      yLabel: "cosine with the exact meta-gradient",
      curves: study.estimators.map { name in
        (
          name,
          points.filter { $0.estimator == name }.map {
            (Double(axis == .episodes ? $0.episodes : $0.horizon), $0.cosine)
          }
        )
      })
  }
}
