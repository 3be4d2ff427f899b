import ArchitectureSearch
import ArgumentParser
import Foundation
import Parts
import Runs

/// The command `metarl search`, which searches for the cell of a network.
struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search for the cell of a convolutional network that adapts well to tasks of images (Auto-Meta).",
    discussion: """
      Cells of one block are trained and scored on tasks for validation; then a predictor ranks all cells of one block \
      more, the best of which are trained, up to --blocks. Every run is an ordinary run folder of one thread. The same \
      command goes on where a search was stopped. The best cell trains as any model: --set model=cell --set cell=FILE. \
      Runs are by Reptile, of 200 iterations with 4 tasks of 5 shots and 5 queries and an inner rate of 1, unless the options say \
      otherwise.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Blocks of the largest cells.", valueName: "n"))
  var blocks: String?

  @Option(help: ArgumentHelp("Cells of each size above one block that are trained.", valueName: "n"))
  var beam: String?

  @Option(help: ArgumentHelp("Cells of one block that are trained, of 105.", valueName: "n"))
  var first: String?

  @Option(
    help: ArgumentHelp("Random cells that are trained for comparison; later, their number may grow.", valueName: "n"))
  var random: String?

  @Option(
    help: ArgumentHelp(
      "Seeds with which the best cell, the best random cell and the network of four blocks with as many parameters are "
        + "trained and tested, such as 1-3; none if not given.", valueName: "seeds"))
  var finalSeeds: String?

  @Option(help: ArgumentHelp("Tasks for validation by which a cell is scored.", valueName: "n"))
  var tasks: String?

  @Option(help: ArgumentHelp("Seed of the search and of its runs.", valueName: "n"))
  var seed: String?

  @Option(
    help: ArgumentHelp("Folder of the search; runs/search-<task>-seed<n> if not given.", valueName: "dir"),
    completion: .directory)
  var folder: String?

  @Option(help: ArgumentHelp("Runs at a time; one a processor core if not given.", valueName: "n"))
  var jobs: String?

  @Flag(help: "Print the object of search.json.")
  var json = false

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    let settings = try searchSettings()
    let runs = try SearchSettings.runDefaults + options.presetSettings() + options.settings()
    let jobs = try NumberOption.read("--jobs", jobs, in: 1...1_024) ?? ProcessInfo.processInfo.activeProcessorCount
    let folder = try searchFolder(runs, settings)
    let search = try CellSearch(settings, runs: runs, folder: folder, jobs: jobs, catalog: MetaRL.catalog)
    let interruption = Interruption()
    let display = ProgressDisplay("search", counting: .iteration, about: [("folder", folder)], options: progress)
    let record = try display.watching(0, isComplete: { $0 != nil }) { show in
      try search.run(shouldStop: { interruption.isRequested }) { report in
        if let run = report.run { display.note("\(report.done) of \(report.all) runs, \(run)") }
        show(ProgressPoint(report))
      }
    }
    guard let record else {
      let line = "stopped; the same command goes on from the results in \(folder)"
      if json { Console.printError(line) } else { Console.printLine(line) }
      throw interruption.exitCode
    }
    if json { Console.printLine(try JSONText.encode(record)) } else { SearchTable(record).print() }
    if interruption.isRequested { throw interruption.exitCode }
    guard !json, record.best != nil else { return }
    let task = runs.last { $0.key == "task" }?.text.description ?? ""
    let best = ShellWord.quoted(CellSearch.bestPath(in: folder))
    Console.printLine("next: \(ProgramName.current) train --task \(task) --set model=cell --set cell=\(best)")
  }

  private func searchSettings() throws(UserError) -> SearchSettings {
    var settings = SearchSettings()
    func read(_ option: String, _ text: String?, in range: ClosedRange<Int>, _ value: inout Int) throws(UserError) {
      if let number = try NumberOption.read(option, text, in: range) { value = number }
    }
    try read("--blocks", blocks, in: SearchSettings.possibleBlocks, &settings.blocks)
    try read("--beam", beam, in: 1...1_000, &settings.beam)
    try read("--first", first, in: 1...1_000, &settings.first)
    try read("--random", random, in: 0...1_000, &settings.random)
    try read("--tasks", tasks, in: 2...100_000, &settings.tasks)
    try read("--seed", seed, in: 0...Int.max, &settings.seed)
    if let finalSeeds { settings.finalSeeds = try SeedList(argument: finalSeeds, of: "--final-seeds").seeds }
    return settings
  }

  private func searchFolder(
    _ runs: [ConfigurationSetting], _ settings: SearchSettings
  ) throws(UserError) -> String {
    if let folder { return try RunFolder(argument: folder, of: "--folder").path }
    let task = runs.last { $0.key == "task" }?.text.description ?? ""
    return "\(RunFolder.usualParent)/search-\(task)-seed\(settings.seed)"
  }
}

extension ProgressPoint {
  /// Creates the point of a search: the iterations of all its runs.
  fileprivate init(_ report: CellSearch.Report) {
    self.init(done: report.iterations, all: report.allIterations, earlier: report.earlierIterations) {
      ProgressDetails(
        highlights: ["run \(report.done)/\(report.all)"],
        metrics: [("runs_done", Double(report.done)), ("runs", Double(report.all))])
    }
  }
}
