import ArgumentParser
import Parts
import Runs
import Training

/// The command `metarl train`, which starts or continues a run.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Meta-train on a family of tasks.",
    discussion: """
      Values are taken from the flags, then --set, then --config, then --preset, then the algorithm's defaults, then the \
      defaults; \
      the run folder's config.yaml has all that the run uses, with a comment each. Where a flag or --set replaces the \
      task, the algorithm or the model of --config, the keys that belong to it are dropped, and one line lists them.
      """)

  @Option(help: ArgumentHelp("Task family; see `\(ProgramName.current) list tasks`.", valueName: "name"))
  var task: String?

  @Option(
    help: ArgumentHelp("Meta-learning algorithm; see `\(ProgramName.current) list algorithms`.", valueName: "name"))
  var algorithm: String?

  @Option(
    help: ArgumentHelp(
      "Start from the settings of a paper; see `\(ProgramName.current) list presets`.", valueName: "name"))
  var preset: String?

  @Option(
    name: .customLong("config"), parsing: .singleValue,
    help: ArgumentHelp("A configuration, such as another run's config.yaml.", valueName: "file.yaml"))
  var configs: [String] = []

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a key of the configuration.", valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: ArgumentHelp("Seed of every random number.", valueName: "n"))
  var seed: String?

  @Option(help: ArgumentHelp("Meta-iterations; with --resume, a larger number extends the run.", valueName: "n"))
  var iterations: String?

  @Option(help: ArgumentHelp("Threads; the results do not depend on it.", valueName: "n"))
  var workers: String?

  @Option(help: ArgumentHelp("Physics engine: box2d or lanes.", valueName: "engine"))
  var physics: String?

  @Option(help: ArgumentHelp("Robot of your own, in planar MJCF.", valueName: "file.xml"))
  var model: String?

  @Flag(help: "Compute by kernels that have the same bits on every processor with fused multiply-add.")
  var deterministicKernels = false

  @Option(
    help: ArgumentHelp(
      "Folder of the data sets of images; METARL_DATA, then ~/.cache/metarl if not given.", valueName: "dir"))
  var data: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("New folder of the run; runs/<task>-<algorithm>-seed<n> if not given.", valueName: "dir"))
  var folder: String?

  @Option(help: ArgumentHelp("Go on with the run in this folder.", valueName: "dir"))
  var resume: String?

  @Flag(help: "Keep a page of the run in its folder, report.html, which shows the training while it goes on.")
  var report = false

  @Flag(help: "Print the whole configuration, as config.yaml has it, and train nothing.")
  var printConfig = false

  func run() throws {
    if printConfig { return try printConfiguration() }
    let training = try makeRun()
    let display = ProgressDisplay(iterations: training.configuration.run.iterations)
    guard training.completedIterations < training.configuration.run.iterations else {
      Console.printLine(
        "\(training.folder.path) has all its \(training.configuration.run.iterations) iterations; "
          + "a larger --iterations extends it")
      if report { RunningReport(training.folder).finish() }
      return
    }
    let interruption = Interruption()
    let page = report ? RunningReport(training.folder) : nil
    let outcome: TrainingRun.Outcome
    do {
      // No other line may follow an unfinished live line.
      defer {
        display.finish()
        training.summaries.forEach(Console.printError)
      }
      outcome = try training.train(
        shouldStop: { interruption.isRequested },
        report: { progress in
          display.show(progress)
          page?.update()
        }, warn: display.warn)
    }
    page?.finish()
    switch outcome {
    case .completed:
      Console.printLine("finished; next: \(ProgramName.current) evaluate \(training.folder.path)")
    case .interrupted:
      Console.printLine(
        "stopped after iteration \(training.completedIterations), with a checkpoint; "
          + "go on with: \(ProgramName.current) train --resume \(training.folder.path)")
      throw interruption.exitCode
    }
  }

  private func printConfiguration() throws {
    guard resume == nil else {
      throw UserError("--print-config and --resume: expected one of them, found both", status: .usage)
    }
    guard !report else {
      throw UserError("--print-config and --report: expected one of them, found both", status: .usage)
    }
    Console.write(Array(ConfigurationFile.text(of: try configuration()).utf8))
  }

  /// The configuration of a new run.
  private func configuration() throws -> RunConfiguration {
    let preset = try preset.map { name throws(UserError) in try MetaRL.catalog.preset(named: name) }
    let settings = (preset?.settings ?? []) + (try self.settings())
    let configuration = try RunConfiguration(settings: settings, catalog: MetaRL.catalog, note: Console.printError)
    try preset?.check(configuration)
    return configuration
  }

  private func makeRun() throws -> TrainingRun {
    guard let resume else {
      let configuration = try configuration()
      let folder =
        try self.folder.map { path throws(UserError) in try RunFolder(argument: path, of: "--run") }
        ?? RunFolder.next(for: configuration)
      let training = try TrainingRun(
        configuration: configuration, folder: folder, catalog: MetaRL.catalog, warn: Console.printError)
      let usual = RunFolder.usual(for: configuration)
      let note = self.folder == nil && folder != usual ? ", since \(usual.path) exists" : ""
      Console.printLine(
        "\(configuration.algorithmName) on \(configuration.taskName), seed \(configuration.run.seed), in \(folder.path)\(note)"
      )
      for remark in try configuration.family.remarks() { Console.printLine(remark) }
      return training
    }
    guard preset == nil else {
      throw UserError("--preset and --resume: expected one of them, found both", status: .usage)
    }
    guard folder == nil else {
      throw UserError("--run and --resume: expected one of them, found both", status: .usage)
    }
    let training = try TrainingRun(
      resuming: RunFolder(argument: resume, of: "--resume"), settings: settings(), catalog: MetaRL.catalog,
      warn: Console.printError)
    Console.printLine("going on with \(resume) after iteration \(training.completedIterations)")
    return training
  }

  /// Returns all given settings; later ones take precedence.
  func settings() throws(UserError) -> [ConfigurationSetting] {
    var settings: [ConfigurationSetting] = []
    guard configs.count <= 1 else {
      throw UserError(
        "--config: expected one file, found \(configs.joined(separator: " and ")); --set changes single keys of one",
        status: .usage)
    }
    if let config = configs.first { settings = try ConfigurationFile.read(config) }
    for assignment in assignments { settings.append(try ConfigurationSetting(argument: assignment)) }
    let flags = [
      ("task", task), ("algorithm", algorithm), ("seed", seed), ("iterations", iterations), ("workers", workers),
      ("physics", physics), ("model", model), ("data", data),
    ]
    for case (let key, let value?) in flags {
      settings.append(ConfigurationSetting(key: key, text: .scalar(value), origin: .flag("--\(key)")))
    }
    if deterministicKernels {
      let key = "deterministic_kernels"
      settings.append(ConfigurationSetting(key: key, text: .scalar("true"), origin: .flag("--deterministic-kernels")))
    }
    return settings
  }
}
