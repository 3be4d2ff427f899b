import ArgumentParser
import Experiments
import Foundation

/// `metarl reproduce`: a paper's table or figure, trained and evaluated anew.
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
    if list {
      for recipe in Recipe.all {
        Console.printLine("\(recipe.name.padding(toLength: 26, withPad: " ", startingAt: 0))\(recipe.summary)")
        Console.printLine(String(repeating: " ", count: 26) + recipe.source)
      }
      return
    }
    let recipes = try chosen()
    let workers = try workers.map { text throws(UserError) in try Self.count(text) }
    let interruption = Interruption()
    var tables: [ReproductionTable] = []
    for recipe in recipes {
      let runner = ReproductionRunner(
        recipe, folder: folder, isQuick: quick, workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
      let table = try runner.run(shouldStop: { interruption.isRequested }) { report in
        Console.printError("\(recipe.name): \(report.done) of \(report.all) runs, \(report.run)")
      }
      guard let table else {
        Console.printLine("stopped; the same command goes on from the checkpoints in \(folder)")
        return
      }
      tables.append(table)
      if !json {
        let seeds = table.seeds.map(String.init).joined(separator: ", ")
        Console.printLine("\(table.source): \(table.measure), seeds \(seeds), intervals over \(table.intervalOver)")
        Console.printLine(table.markdown)
      }
    }
    if json { Console.printLine(try JSONText.encode(tables)) }
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

  private static func count(_ text: String) throws(UserError) -> Int {
    if let value = Int(text), (1...1_024).contains(value) { return value }
    throw UserError("--workers \(text): expected a whole number from 1 to 1024", status: .usage)
  }
}
