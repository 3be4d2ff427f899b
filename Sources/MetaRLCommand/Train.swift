import ArgumentParser
import Parts
import Runs
import Training

/// The command `metarl train`, which starts or continues runs.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Meta-train on a family of tasks.",
    discussion: """
      Values are taken from the flags, then --set, then --config, then --preset, then the algorithm's defaults, then the \
      defaults; \
      the run folder's config.yaml has all that the run uses, with a comment each. Where a flag or --set replaces the \
      task, the algorithm or the model of --config, the keys that belong to it are dropped, and one line lists them.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(help: ArgumentHelp("Seed of every random number.", valueName: "n"))
  var seed: String?

  @Option(
    help: ArgumentHelp(
      "Train a run for each seed, one after the other, such as 1-5 or 1,3,7; --run is then the folder that has the runs.",
      valueName: "seeds"))
  var seeds: String?

  @Option(help: ArgumentHelp("Threads; the results do not depend on it.", valueName: "n"))
  var workers: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("New folder of the run; runs/<task>-<algorithm>-seed<n> if not given.", valueName: "dir"),
    completion: .directory)
  var folder: String?

  @Option(help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"), completion: Completions.runs)
  var resume: String?

  @Flag(
    help: ArgumentHelp(
      "Start the run, or go on with it where its folder has it, or do nothing where it is finished: one command for jobs "
        + "that are stopped and started again. The settings must be those of the run; a larger --iterations extends it, and of one that is "
        + "not larger than what it has nothing is left to do."
    ))
  var resumeOrStart = false

  @Flag(help: "Keep a page of the run in its folder, report.html, which shows the training while it goes on.")
  var report = false

  @Flag(help: "Print the whole configuration, as config.yaml has it, and train nothing.")
  var printConfig = false

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    try checkCombinations()
    if printConfig {
      let configuration = try options.configuration(flags(seed: seed), note: Console.printError)
      return Console.write(Array(ConfigurationFile.text(of: configuration).utf8))
    }
    var interruption: Interruption?
    func interrupt() -> Interruption {
      let current = interruption ?? Interruption()
      interruption = current
      return current
    }
    guard let seeds else {
      guard try watched(seed: seed).train(interrupt()) else { throw interrupt().exitCode }
      return
    }
    try train(SeedList(argument: seeds).seeds, interrupt)
  }

  /// Trains a run for each seed. A run that diverges keeps no other from its training.
  private func train(_ seeds: [Int], _ interruption: () -> Interruption) throws {
    var (folders, divergence): ([String], UserError?) = ([], nil)
    for seed in seeds {
      let watched = try watched(seed: String(seed))
      do {
        let isComplete = try watched.train(interruption())
        if isComplete { folders.append(watched.training.folder.path) }
        guard isComplete, !interruption().isRequested || seed == seeds.last else {
          display(
            "\(folders.count) of \(seeds.count.counted("seed")) trained; the same command with --resume-or-start goes on"
          )
          throw interruption().exitCode
        }
      } catch let error as UserError where error.isDivergence {
        Console.printError("seed \(seed): \(error.message)")
        divergence = divergence ?? error
      }
    }
    if let divergence {
      throw UserError(
        "\(folders.count) of \(seeds.count.counted("seed")) trained, \(seeds.count - folders.count) diverged",
        status: divergence.status,
        isDivergence: true)
    }
    display(
      "\(folders.count) of \(seeds.count.counted("seed")) trained; next: \(ProgramName.current) evaluate "
        + ShellWord.line(folders))
  }

  /// Prints a line about all runs, where objects do not tell of each.
  private func display(_ line: String) {
    if progress.form != .json { Console.printLine(line) }
  }

  private func checkCombinations() throws(UserError) {
    let given = [
      ("--print-config", printConfig), ("--resume", resume != nil), ("--report", report),
      ("--resume-or-start", resumeOrStart), ("--preset", options.preset != nil), ("--run", folder != nil),
      ("--init", options.initial != nil), ("--seeds", seeds != nil), ("--seed", seed != nil),
    ]
    let excluding = [
      ("--print-config", ["--resume", "--report", "--resume-or-start", "--seeds"]),
      ("--preset", ["--resume"]), ("--run", ["--resume"]), ("--init", ["--resume"]),
      ("--resume-or-start", ["--resume"]), ("--seeds", ["--resume", "--seed"]),
    ]
    let isGiven = Dictionary(uniqueKeysWithValues: given)
    for (option, others) in excluding where isGiven[option] == true {
      for other in others where isGiven[other] == true {
        throw UserError("\(option) and \(other): expected one of them, found both", status: .usage)
      }
    }
    if seeds != nil, options.assignments.contains(where: { $0.hasPrefix("seed=") }) {
      throw UserError("--seeds and --set seed: expected one of them, found both", status: .usage)
    }
  }

  private func flags(seed: String?) -> [(key: String, value: String?)] { [("seed", seed), ("workers", workers)] }

  /// Returns all given settings; later ones take precedence.
  func settings() throws(UserError) -> [ConfigurationSetting] { try options.settings(flags(seed: seed)) }

  /// Returns the training of a seed, which is new, or goes on with what its folder has.
  private func watched(seed: String?) throws -> WatchedTraining {
    if let resume {
      let training = try TrainingRun(
        resuming: RunFolder(argument: resume, of: "--resume"), settings: settings(), catalog: MetaRL.catalog,
        warn: Console.printError)
      return watched(training, Self.goingOn(training))
    }
    let configuration = try options.configuration(flags(seed: seed), note: Console.printError)
    let folder = try folder(of: configuration)
    let usual = RunFolder.usual(for: configuration)
    if resumeOrStart, folder.hasRun {
      let settings = try options.presetSettings() + options.settings(flags(seed: seed))
      let training = try TrainingRun(
        resuming: folder, of: configuration, settings: settings, catalog: MetaRL.catalog, warn: Console.printError)
      return watched(training, Self.goingOn(training))
    }
    let training = try TrainingRun(
      configuration: configuration, folder: folder, catalog: MetaRL.catalog, warn: Console.printError)
    let isNumbered = self.folder == nil && folder != usual
    let title =
      "\(configuration.algorithmName) on \(configuration.taskName), seed \(configuration.run.seed), in \(folder.path)"
      + (isNumbered ? ", since \(usual.path) exists" : "")
    return watched(training, [title] + (try configuration.family.remarks()))
  }

  private func watched(_ training: TrainingRun, _ remarks: [String]) -> WatchedTraining {
    WatchedTraining(training: training, options: progress, remarks: remarks, keepsPage: report)
  }

  /// Returns the folder of a run: the one that is given, or the usual one, which where it must be new has a number.
  private func folder(of configuration: RunConfiguration) throws(UserError) -> RunFolder {
    let given = try folder.map { path throws(UserError) in try RunFolder(argument: path, of: "--run") }
    if let given, seeds == nil { return given }
    let parent = given?.path ?? RunFolder.usualParent
    return resumeOrStart
      ? RunFolder.usual(for: configuration, in: parent) : RunFolder.next(for: configuration, in: parent)
  }

  /// A line about where a run goes on; none where it has all its iterations.
  private static func goingOn(_ training: TrainingRun) -> [String] {
    guard training.completedIterations < training.iterations else { return [] }
    return ["going on with \(training.folder.path) after iteration \(training.completedIterations)"]
  }
}
