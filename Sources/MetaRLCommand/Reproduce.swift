import ArgumentParser
import Foundation
import Parts
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

  @Argument(help: ArgumentHelp("Recipes.", valueName: "name"))
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

  func run() throws {
    if list { return try printList(all || names.isEmpty ? Recipe.all : chosen()) }
    let recipes = try chosen()
    let workers = try NumberOption.read("--workers", workers, in: 1...1_024)
    let folder = try RunFolder(argument: folder, of: "--folder").path
    let interruption = Interruption()
    var tables: [ReproductionTable] = []
    for recipe in recipes {
      let runner = ReproductionRunner(
        recipe, folder: folder, isQuick: quick, workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
      let table = try runner.run(shouldStop: { interruption.isRequested }) { report in
        Console.printError("\(recipe.name): \(report.done) of \(report.all) runs, \(report.run)")
      }
      guard let table else {
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
    if json { Console.printLine(try JSONText.encode(tables)) }
    // A signal after the last computation is reported, too: its sender does not want the next command to start.
    if interruption.isRequested { throw interruption.exitCode }
  }

  /// A row of `--list --json`, whose names programs read.
  private struct Row: Encodable {
    var name: String
    var summary: String
    var source: String
  }

  private func printList(_ recipes: [Recipe]) throws(UserError) {
    if json {
      let rows = recipes.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
      Console.printLine(try JSONText.encode(rows))
      return
    }
    for recipe in recipes {
      Console.printLine("\(recipe.name.padding(toLength: 26, withPad: " ", startingAt: 0))\(recipe.summary)")
      Console.printLine(String(repeating: " ", count: 26) + recipe.source)
    }
  }

  private func chosen() throws(UserError) -> [Recipe] {
    guard all || !names.isEmpty else {
      throw UserError(
        "no recipe is given: expected --all or one of \(Recipe.all.map(\.name).joined(separator: ", "))", status: .usage
      )
    }
    if all { return Recipe.all }
    var recipes: [Recipe] = []
    for name in names { recipes.append(try Recipe.named(name)) }
    return recipes
  }
}
