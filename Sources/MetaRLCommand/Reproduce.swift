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
      Every run is an ordinary run folder, one thread each. A recipe that was stopped goes on where it was; what is \
      finished is in the file NAME.json of the folder and is not made again. Numbers are means over seeds with 95% \
      intervals, the paper's in parentheses. --stored shows the results that come with the program and trains nothing.
      """)

  @Argument(help: ArgumentHelp("Recipes.", valueName: "name"), completion: Completions.recipes)
  var names: [String] = []

  @Flag(help: "Every recipe.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "quick: one seed, a tenth of the iterations or less; standard; or paper: the paper's own number.",
      valueName: "length"), completion: .list(RecipeLength.allCases.map(\.rawValue)))
  var length: String?

  @Flag(help: "The same as --length quick.")
  var quick = false

  @Flag(help: "List the recipes and run nothing.")
  var list = false

  @Flag(help: "Show the results that come with the program, and run nothing.")
  var stored = false

  @Flag(help: "Print an array of objects.")
  var json = false

  @Option(
    help: ArgumentHelp("Write a page of the results, tables and figures, to this file of HTML.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Where the runs are kept.", valueName: "dir"))
  var folder = "runs/reproduce"

  @Option(help: ArgumentHelp("Runs at a time; one a processor core if not given.", valueName: "n"))
  var workers: String?

  @OptionGroup var progress: ProgressOptions

  /// The recipes and studies that are asked for.
  private struct Choice {
    var recipes = Recipe.all
    var studies = Study.all
  }

  func run() throws {
    if list { return try printList(all || names.isEmpty ? Choice() : chosen()) }
    let (choice, length) = (try chosen(), try chosenLength())
    if stored { return try show(choice) }
    let workers = try NumberOption.read("--workers", workers, in: 1...1_024)
    let folder = try RunFolder(argument: folder, of: "--folder").path
    let interruption = Interruption()
    let count = workers ?? ProcessInfo.processInfo.activeProcessorCount
    var (tables, page): ([ReproductionTable], [ReportPage.Result]) = ([], [])
    for recipe in choice.recipes {
      do {
        let runner = ReproductionRunner(recipe, folder: folder, length: length, workers: count)
        guard let result = try result(of: recipe, by: runner, interruption) else {
          let line = "stopped; the same command goes on from the checkpoints in \(folder)"
          if json { Console.printError(line) } else { Console.printLine(line) }
          throw interruption.exitCode
        }
        tables.append(ReproductionTable(recipe, result))
        page.append(try ReportPage.Result(of: recipe, result, catalog: MetaRL.catalog))
        try draw(result.chart(of: recipe), "\(folder)/\(recipe.name(of: length)).svg")
      } catch let error as UserError where all && error.status == .missingInput {
        // Of all recipes, those whose data are not here are left out, and said to be.
        Console.printError("\(recipe.name) is left out: \(error.message)")
        page.append(ReportPage.Result(without: recipe, because: error.message))
      }
    }
    if json, !choice.recipes.isEmpty { Console.printLine(try JSONText.encode(tables)) }
    for study in choice.studies {
      let result = try result(of: study, in: folder, isQuick: length == .quick, workers: count, interruption)
      page.append(study.page(result))
    }
    try writePage(page)
    // A signal after the last computation is reported, too: its sender does not want the next command to start.
    if interruption.isRequested { throw interruption.exitCode }
  }

  private func chosenLength() throws(UserError) -> RecipeLength {
    guard let length else { return quick ? .quick : .standard }
    guard let known = RecipeLength(rawValue: length) else {
      throw .unknownName("length", length, known: RecipeLength.allCases.map(\.rawValue), prefix: "--length: ")
    }
    guard !quick || known == .quick else {
      throw UserError("--quick and --length \(length): expected one of them", status: .usage)
    }
    return known
  }

  /// Trains and evaluates the runs of a recipe, and prints its table.
  /// - Returns: the result; nil where a signal stopped the work first.
  private func result(
    of recipe: Recipe, by runner: ReproductionRunner, _ interruption: Interruption
  ) throws -> RecipeResult? {
    let display = ProgressDisplay(
      "reproduce", counting: .iteration, about: [("recipe", recipe.name)], options: progress)
    let result = try display.watching(0, isComplete: { $0 != nil }) { show in
      try runner.run(shouldStop: { interruption.isRequested }) { report in
        if let run = report.run { display.note("\(recipe.name): \(report.done) of \(report.all) runs, \(run)") }
        show(ProgressPoint(report, of: recipe))
      }
    }
    if let result, !json { print(ReproductionTable(recipe, result), of: recipe) }
    return result
  }

  private func print(_ table: ReproductionTable, of recipe: Recipe) {
    Console.printLine("\(recipe.source): \(table.preface)")
    Console.printLine(table.markdown)
  }

  /// Draws a chart where there is gnuplot, and says where.
  private func draw(_ chart: CurveChart?, _ path: String) throws {
    guard let chart else { return }
    guard Gnuplot.isInstalled else {
      return Console.printError("no figure: charts need gnuplot, which is not installed")
    }
    try StoredFile.write(Gnuplot.draw(chart, as: .svg), to: path)
    if !json { Console.printLine(path) }
  }

  /// Makes a study, prints its tables and draws its figures.
  private func result(
    of study: Study, in folder: String, isQuick: Bool, workers: Int, _ interruption: Interruption
  ) throws -> StudyResult {
    let display = ProgressDisplay("reproduce", counting: .point, about: [("recipe", study.name)], options: progress)
    let result = try display.watching(0, isComplete: { $0 != nil }) { show in
      try study.run(
        Study.Request(isQuick: isQuick, workers: workers, shouldStop: { interruption.isRequested }) { done, all in
          show(ProgressPoint(done: done, all: all))
        })
    }
    guard let result else { throw interruption.exitCode }
    let path = "\(folder)/\(study.name)\(isQuick ? "-quick" : "")"
    try StoredFile.createFolders(folder)
    try StoredFile.write(try JSONText.encode(result) + "\n", to: "\(path).json")
    Console.printLine(json ? try JSONText.encode(result) : result.text)
    for (name, chart) in result.charts { try draw(chart, "\(path)-\(name).svg") }
    return result
  }

  /// Shows the results that come with the program.
  private func show(_ choice: Choice) throws {
    var (tables, page): ([ReproductionTable], [ReportPage.Result]) = ([], [])
    for recipe in choice.recipes {
      guard let result = RecipeResult.stored(of: recipe) else {
        let reason = "no result comes with the program; metarl reproduce \(recipe.name) makes it"
        if !all { Console.printError("\(recipe.name): \(reason)") }
        page.append(ReportPage.Result(without: recipe, because: "No result comes with the program yet."))
        continue
      }
      let table = ReproductionTable(recipe, result)
      tables.append(table)
      page.append(try ReportPage.Result(of: recipe, result, catalog: MetaRL.catalog))
      let changes = try result.staleness(of: recipe, catalog: MetaRL.catalog)
      if let first = changes.first {
        let more = changes.count > 1 ? "; and \(changes.count - 1) more" : ""
        Console.printError("\(recipe.name): the stored result is not of today's recipe: \(first)\(more)")
      }
      if !json { print(table, of: recipe) }
    }
    if json, !choice.recipes.isEmpty { Console.printLine(try JSONText.encode(tables)) }
    for study in choice.studies {
      let result = study.stored
      page.append(study.page(result))
      if let result { Console.printLine(json ? try JSONText.encode(result) : result.text) }
      if result == nil, !all {
        Console.printError("\(study.name): no result comes with the program; metarl reproduce \(study.name) makes it")
      }
    }
    try writePage(page)
  }

  private func writePage(_ results: [ReportPage.Result]) throws {
    guard let output else { return }
    let html = try ReportPage(
      of: results, title: "Tables and figures of papers, reproduced",
      made: "made \(Date.now.formatted(.iso8601)) by metarl \(ProgramVersion.text)"
    ).html()
    try StoredFile.write(html, to: output)
    let line = "\(output): \(results.count) result\(results.count == 1 ? "" : "s"), \(html.count / 1_000) kB"
    if json { Console.printError(line) } else { Console.printLine(line) }
  }

  /// A row of `--list --json`, whose names programs read.
  private struct Row: Encodable {
    var name: String
    var summary: String
    var source: String
  }

  private func printList(_ choice: Choice) throws(UserError) {
    var rows = choice.recipes.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
    rows += choice.studies.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
    if json {
      Console.printLine(try JSONText.encode(rows))
      return
    }
    let width = (rows.map(\.name.count).max() ?? 0) + 2
    for row in rows {
      Console.printLine(row.name.padding(toLength: width, withPad: " ", startingAt: 0) + row.summary)
      Console.printLine(String(repeating: " ", count: width) + row.source)
    }
  }

  private func chosen() throws(UserError) -> Choice {
    let studies = Study.all.map(\.name)
    guard all || !names.isEmpty else {
      throw UserError(
        "no recipe is given: expected --all or one of \((Recipe.all.map(\.name) + studies).joined(separator: ", "))",
        status: .usage)
    }
    if all { return Choice() }
    var recipes: [Recipe] = []
    for name in names where !studies.contains(name) { recipes.append(try Recipe.named(name, others: studies)) }
    return Choice(recipes: recipes, studies: Study.all.filter { names.contains($0.name) })
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
