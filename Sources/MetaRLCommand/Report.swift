import ArgumentParser
import Evaluation
import Foundation
import Parts
import Pictures
import Reporting
import Runs
import Scenes

/// The command `metarl report`, which makes one page of runs.
struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make one page of runs, a file of HTML that opens anywhere and asks nothing of the network.",
    discussion: """
      It shows what was trained and how, learning curves, what each run's evaluation.json has (runs that differ in their seeds only are taken together), diagnostics, what `render` \
      draws before and after its inner steps, and of several algorithms their comparison. Run evaluate before: a run without an \
      evaluation.json is shown without results on held-out tasks.
      """)

  @Argument(help: ArgumentHelp("Folders of runs, or pretrained:NAME.", valueName: "run"), completion: Completions.runs)
  var folders: [String]

  @Option(help: ArgumentHelp("File to write.", valueName: "file"))
  var output = "report.html"

  @Option(
    help: ArgumentHelp("Inner steps of the films; the greatest number of the evaluation if not given.", valueName: "k"))
  var steps: String?

  @Flag(inversion: .prefixedNo, help: "Show what is learned before and after the inner steps, as render does.")
  var films = true

  func run() throws {
    guard !folders.isEmpty else {
      throw UserError("report: expected the folder of a run, found none", status: .usage)
    }
    let steps = try NumberOption.read("--steps", steps, in: 0...Self.mostSteps)
    let runs = try folders.map { try RunFolder(trained: $0) }
    let html = try Self.html(of: runs, hasFilms: films, steps: steps, warn: Console.printError)
    try StoredFile.write(html, to: output)
    Console.printLine("\(output): \(runs.count.counted("run")), \(html.count / 1_000) kB")
  }

  /// The page of some runs.
  /// - Parameters:
  ///   - hasFilms: whether to show episodes of the first run of each algorithm.
  ///   - steps: the inner steps of the films; nil for those of the evaluation.
  ///   - reloadSeconds: the time after which the page loads itself anew; nil where it stays.
  ///   - warn: receives a line for each evaluation that is not shown, or is older than its run.
  static func html(
    of runs: [RunFolder], hasFilms: Bool, steps: Int? = nil, reloadSeconds: Int? = nil,
    warn: (String) -> Void = { _ in }
  ) throws -> [UInt8] {
    var seen: Set<String> = []
    let pages = try runs.map { folder in
      let configuration = try folder.configuration(catalog: MetaRL.catalog)
      let isFirst = seen.insert("\(configuration.algorithmName) on \(configuration.taskName)").inserted
      let pictures = hasFilms && isFirst ? try pictures(of: folder, steps: steps) : []
      return try ReportPage.Run(
        folder, films: pictures.compactMap(\.film), stills: try pictures.compactMap(still), catalog: MetaRL.catalog)
    }
    return try ReportPage(
      of: pages, catalog: MetaRL.catalog, comparison: try comparison(of: runs),
      made: "made \(Date.now.formatted(.iso8601)) by metarl \(ProgramVersion.text)", reloadSeconds: reloadSeconds,
      warn: warn
    ).html()
  }

  /// The pictures of a run, of each of its tasks where there are few, else of the first three; none where nothing of it is
  /// drawn.
  private static func pictures(of folder: RunFolder, steps: Int?) throws -> [AdaptationPicture] {
    let evaluated = try RunRehearsal.evaluatedSteps(of: folder, catalog: MetaRL.catalog).map { min($0, mostSteps) }
    do {
      let rehearsal = try RunRehearsal(
        showing: folder, options: EvaluationOptions(steps: steps ?? evaluated), catalog: MetaRL.catalog,
        warn: Console.printError)
      return try rehearsal?.pictures(atMost: mostTasks) ?? []
    } catch let error as UserError {
      // A run that has just begun has no checkpoint yet.
      Console.printError("without films of \(folder.path): \(error.message)")
      return []
    }
  }

  /// Returns the still of a picture that does not move; nil for a film.
  private static func still(_ picture: AdaptationPicture) throws -> ReportPage.Still? {
    guard picture.film == nil else { return nil }
    return try ReportPage.Still(title: picture.task, svg: PictureFile.bytes(of: picture, as: .svg))
  }

  private static let mostTasks = 3
  private static let mostSteps = 20

  /// The comparison of runs of several algorithms that have all been evaluated.
  private static func comparison(of runs: [RunFolder]) throws -> String? {
    let configurations = try runs.map { try $0.configuration(catalog: MetaRL.catalog) }
    guard Set(configurations.map(\.algorithmName)).count > 1, Set(configurations.map(\.taskName)).count == 1,
      runs.allSatisfy({ StoredFile.exists($0.evaluationPath) })
    else { return nil }
    do {
      let comparison = try RunComparison(
        runs, options: ComparisonOptions(by: "algorithm"), catalog: MetaRL.catalog, warn: Console.printError,
        progress: Console.printError)
      return try JSONText.encode(comparison)
    } catch let error as UserError {
      Console.printError("without a comparison: \(error.message)")
      return nil
    }
  }
}

/// The page of a run that is training, which is made anew every so often and loads itself.
final class RunningReport {
  private let folder: RunFolder
  private let clock = ContinuousClock()
  private var last: ContinuousClock.Instant?
  private var hasFailed = false

  private static let seconds = 30

  init(_ folder: RunFolder) { self.folder = folder }

  private var path: String { folder.path + "/report.html" }

  /// Makes the page anew where enough time has passed.
  func update() {
    if let last, clock.now - last < .seconds(Self.seconds) { return }
    last = clock.now
    write { try Report.html(of: [folder], hasFilms: false, reloadSeconds: Self.seconds) }
  }

  /// Makes the page of a run that has ended, with its films.
  func finish() {
    write { try Report.html(of: [folder], hasFilms: true) }
    if !hasFailed { Console.printLine("report: \(path)") }
  }

  /// A page that cannot be written does not end a training; it is told once.
  private func write(_ html: () throws -> [UInt8]) {
    do {
      try StoredFile.write(html(), to: path)
    } catch {
      if !hasFailed { Console.printError("no report: \((error as? UserError)?.message ?? "\(error)")") }
      hasFailed = true
    }
  }
}
