import ArgumentParser
import Evaluation
import Foundation
import Parts
import Runs

/// The command `metarl evaluate`, which measures how well a run adapts to held-out tasks.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adapt checkpoints of runs to held-out tasks; each run's evaluation.json keeps the result.",
    discussion: """
      Several runs are the seeds of one experiment: they meet the same tasks, and the interval of the mean is then a \
      bootstrap's, over seeds first and tasks second. That of one run is over its tasks and says nothing of its seed. \
      Where tasks come in groups, intervals are stratified by group. An evaluation.json stays as it \
      is where it is of the run's own conditions and this one is not (--split, --physics, --shots, --set), and where under the same \
      conditions it is of a newer checkpoint or, of the same one, on more tasks, after more steps, or with references that \
      this evaluation has not.
      """)

  @Argument(
    help: ArgumentHelp("Folders of runs that differ in their seeds only.", valueName: "run"),
    completion: Completions.runs)
  var folders: [String]

  @Option(
    help: ArgumentHelp(
      "Held-out tasks, of each task where tasks can be counted; the number of the task family if not given.",
      valueName: "n"))
  var tasks: String?

  @Option(
    help: ArgumentHelp(
      "Checkpoint that is evaluated: an iteration; best, by the held-out returns of the training; all, for a line each "
        + "that no evaluation.json keeps; the newest if not given.", valueName: "iteration"))
  var checkpoint: String?

  @Option(help: ArgumentHelp("Inner steps, up to; those of the training if not given.", valueName: "k"))
  var steps: String?

  @Option(
    help: ArgumentHelp(
      "Examples that a supervised task adapts to, of images of each class; the run's own if not given.", valueName: "n")
  )
  var shots: String?

  @Option(help: ArgumentHelp("Seed of the tasks and their episodes; the run's own if not given.", valueName: "n"))
  var seed: String?

  @Option(
    help: ArgumentHelp(
      "Tasks: new ones, test; those of training, train; those outside of the distribution, beyond, where the family has any. "
        + "Of images: held-out classes, test or validation, or those of training.",
      valueName: "split"))
  var split: String?

  @Option(help: ArgumentHelp("Folder of the data sets; the run's own if not given.", valueName: "dir"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Physics engine of the episodes: box2d or lanes; the run's own if not given.", valueName: "engine"))
  var physics: String?

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Set a key that is a condition of the evaluation, such as physics or inner_rate.", valueName: "key=value"))
  var assignments: [String] = []

  @Flag(help: "Add the scores without training and, of long training on each task, which takes time.")
  var references = false

  @Flag(help: "Take runs together whose newest checkpoints are of different iterations.")
  var mixedIterations = false

  @Option(
    help: ArgumentHelp(
      "Episodes that a policy adapts to at each inner step, as in Meta-World's protocol; scores take others.",
      valueName: "n"))
  var adaptationEpisodes: String?

  @Option(
    help: ArgumentHelp(
      "Episodes that a policy is scored by, to which no task adapts; with --adaptation-episodes, and as many if not given.",
      valueName: "n"))
  var scoredEpisodes: String?

  @Flag(help: "Keep the return of every episode in the object of evaluation.json.")
  var episodes = false

  @Flag(help: "Print the object of evaluation.json.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "File for the object of evaluation.json, of all runs together; the folders of the runs then stay as they are.",
      valueName: "file"))
  var output: String?

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    let folders = try self.folders.map { try RunFolder(trained: $0) }
    if checkpoint == Self.allCheckpoints { return try printCurve(of: folders) }
    let options = try options()
    let display = ProgressDisplay("evaluate", counting: .task, options: progress)
    let findings = try Interruption.abandoning {
      let evaluation = try RunEvaluation(
        folders, options: options, catalog: MetaRL.catalog, warn: Console.printError)
      return try display.watching(0) { report in
        try evaluation.findings { report(ProgressPoint(done: $0, all: $1)) }
      }
    }
    let object = try JSONText.encode(findings.report)
    // The results are printed before a fault of a file can occur.
    if json { Console.printLine(object) } else { printTable(findings.report) }
    if let output {
      try StoredFile.write(object + "\n", to: output)
    } else {
      try findings.store { line in
        Console.printError("\(line); --output FILE keeps this one, and without that file it takes its place")
      }
    }
  }

  private static let allCheckpoints = "all"

  /// Evaluates every checkpoint, and prints each report when it is there.
  private func printCurve(of folders: [RunFolder]) throws {
    let curve = try CheckpointCurve(folders, options: options(), catalog: MetaRL.catalog)
    var reports: [EvaluationReport] = []
    let display = ProgressDisplay("evaluate", counting: .checkpoint, options: progress)
    try Interruption.abandoning {
      try display.watching(curve.iterations.count) { show in
        for iteration in curve.iterations {
          // Warnings on the data are the same for every checkpoint.
          let report = try curve.report(ofIteration: iteration) { if reports.isEmpty { display.warn($0) } }
          if !json { display.interrupt { printCurveRow(report, iteration: iteration, isFirst: reports.isEmpty) } }
          reports.append(report)
          show(ProgressPoint(done: reports.count, all: curve.iterations.count))
        }
      }
    }
    let text = try JSONText.encode(reports)
    if json { Console.printLine(text) }
    if let output { try StoredFile.write(text + "\n", to: output) }
  }

  private func printCurveRow(_ report: EvaluationReport, iteration: Int, isFirst: Bool) {
    guard let step = report.steps.last else { return }
    if isFirst {
      printTitle(report, iterations: "all checkpoints, after \(step.k.counted("step"))")
      Console.printLine(
        "iteration" + (["mean", "95% low", "95% high"] + report.groups).map { Console.cell($0) }.joined())
    }
    printRow(String(iteration).padding(toLength: 9, withPad: " ", startingAt: 0), step, of: report)
  }

  /// Returns the validated options.
  func options() throws(UserError) -> EvaluationOptions {
    EvaluationOptions(
      tasks: try NumberOption.read("--tasks", tasks, in: 1...10_000),
      checkpoint: try checkpoint == Self.allCheckpoints ? .newest : CheckpointChoice(option: checkpoint, other: "all"),
      steps: try NumberOption.read("--steps", steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max),
      shots: try NumberOption.read("--shots", shots, in: 1...100_000),
      split: try split.map { text throws(UserError) in try heldOutSplit(text) }, settings: try settings(),
      keepsEpisodes: episodes, episodes: try episodeCounts(), includesReferences: references,
      mixesIterations: mixedIterations)
  }

  /// Returns the given keys; later ones take precedence.
  private func settings() throws(UserError) -> [ConfigurationSetting] {
    var settings: [ConfigurationSetting] = []
    for assignment in assignments { settings.append(try ConfigurationSetting(argument: assignment)) }
    for case (let key, let value?) in [("data", data), ("physics", physics)] {
      settings.append(ConfigurationSetting(key: key, text: .scalar(value), origin: .flag("--\(key)")))
    }
    return settings
  }

  private func episodeCounts() throws(UserError) -> EvaluationRequest.EpisodeCounts? {
    let adaptation = try NumberOption.read("--adaptation-episodes", adaptationEpisodes, in: 1...100_000)
    let scored = try NumberOption.read("--scored-episodes", scoredEpisodes, in: 1...100_000)
    guard let adaptation else {
      guard scored == nil else {
        throw UserError("--scored-episodes: expected --adaptation-episodes with it, found none", status: .usage)
      }
      return nil
    }
    return EvaluationRequest.EpisodeCounts(adaptation: adaptation, scored: scored ?? adaptation)
  }

  /// A short word for the tasks of training.
  private static let train = "train"

  private func heldOutSplit(_ text: String) throws(UserError) -> EvaluationRequest.Split {
    if let split = EvaluationRequest.Split(rawValue: text == Self.train ? "training" : text) { return split }
    throw UserError("--split \(text): expected test, train, beyond or validation", status: .usage)
  }

  private func printTable(_ report: EvaluationReport) {
    let iterations = Set(report.iterations).sorted().map(String.init).joined(separator: ", ")
    printTitle(report, iterations: "iteration \(iterations)")
    printRows(report.steps, of: report)
    for reference in report.references ?? [] {
      Console.printLine("\(reference.name): \(reference.definition)")
      printRows(reference.steps, of: report)
    }
    if references, report.references?.contains(where: { $0.name == "oracle" }) == false {
      Console.printLine("oracle: none is defined for \(report.task)")
    }
    let seeds = report.seeds.map(String.init).joined(separator: ", ")
    Console.printLine(
      "intervals are over \(report.intervalOver), for training \(report.seeds.count.noun("seed")) \(seeds)")
  }

  private func printTitle(_ report: EvaluationReport, iterations: String) {
    let groups = report.groups
    let isOfEach = report.allTasks == report.tasks * groups.count
    let names = groups.isEmpty ? "" : " \(isOfEach ? "for each of" : "of") \(groups.joined(separator: ", "))"
    Console.printLine(
      "\(report.algorithm) on \(report.task), \(iterations): \(report.measure) on "
        + "\(tasks(of: report, count: isOfEach ? report.tasks : report.allTasks))\(names)"
        + (report.shots.map { ", \($0.counted("shot"))" } ?? "")
        + (report.episodes.map {
          ", after \($0.adaptation.counted("episode")) a step, by \($0.scored.counted("other"))"
        } ?? "")
        + report.conditions.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value)" }.joined())
  }

  private func tasks(of report: EvaluationReport, count: Int) -> String {
    switch report.split {
    case .training: count.counted("training task")
    case .beyond: "\(count.counted("task")) beyond the distribution"
    case .test, .validation, nil: count.counted(report.hasNewTasks ? "held-out task" : "fresh adaptation")
    }
  }

  private func printRows(_ steps: [EvaluationReport.Step], of report: EvaluationReport) {
    Console.printLine("steps" + (["mean", "95% low", "95% high"] + report.groups).map { Console.cell($0) }.joined())
    for step in steps { printRow(String(step.k).padding(toLength: 5, withPad: " ", startingAt: 0), step, of: report) }
  }

  private func printRow(_ label: String, _ step: EvaluationReport.Step, of report: EvaluationReport) {
    // Returns have similar magnitudes; losses may have any.
    let format = report.measure == "return" ? "%.2f" : "%.4g"
    let values = [step.mean, step.low, step.high] + report.groups.map { step.groups[$0]?.mean }
    Console.printLine(
      label + values.map { value in Console.cell(value.map { String(format: format, $0) } ?? "-") }.joined())
  }
}
