import ArgumentParser
import Evaluation
import Parts
import Runs

/// The options that choose what is trained, and how: the settings of a run, but for its seed.
struct ConfigurationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Task family; see `\(ProgramName.current) list tasks`.", valueName: "name"),
    completion: Completions.tasks)
  var task: String?

  @Option(
    help: ArgumentHelp("Meta-learning algorithm; see `\(ProgramName.current) list algorithms`.", valueName: "name"),
    completion: Completions.algorithms)
  var algorithm: String?

  @Option(
    help: ArgumentHelp(
      "Start from the settings of a paper; see `\(ProgramName.current) list presets`.", valueName: "name"),
    completion: Completions.presets)
  var preset: String?

  @Option(
    name: .customLong("config"), parsing: .singleValue,
    help: ArgumentHelp("A configuration, such as another run's config.yaml.", valueName: "file.yaml"),
    completion: .file(extensions: ["yaml"]))
  var configs: [String] = []

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp("Set a key of the configuration.", valueName: "key=value"),
    completion: Completions.assignments)
  var assignments: [String] = []

  @Option(help: ArgumentHelp("Meta-iterations; with --resume, a larger number extends the run.", valueName: "n"))
  var iterations: String?

  @Option(
    help: ArgumentHelp("Physics engine: box2d or lanes.", valueName: "engine"), completion: .list(["box2d", "lanes"]))
  var physics: String?

  @Option(
    help: ArgumentHelp("Robot of your own, in planar MJCF.", valueName: "file.xml"),
    completion: .file(extensions: ["xml"]))
  var model: String?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Start from the parameters of a run, of its newest checkpoint, or of a checkpoint's file; settings may differ, shapes "
        + "must not. The new run keeps a copy.", valueName: "checkpoint"), completion: Completions.runs)
  var initial: String?

  @Flag(help: "Compute by kernels that have the same bits on every processor with fused multiply-add.")
  var deterministicKernels = false

  @Option(
    help: ArgumentHelp(
      "Folder of the data sets of images; METARL_DATA, then ~/.cache/metarl if not given.", valueName: "dir"),
    completion: .directory)
  var data: String?

  private static let deterministicKey = "deterministic_kernels"

  /// The flags that are keys of the configuration, with their values where they are given.
  var keyFlags: [(key: String, value: String?)] {
    [
      ("task", task), ("algorithm", algorithm), ("iterations", iterations), ("physics", physics), ("model", model),
      ("data", data), (Self.deterministicKey, deterministicKernels ? "true" : nil),
    ]
  }

  /// Returns all given settings; later ones take precedence.
  /// - Parameter more: further flags that are keys of the configuration.
  func settings(_ more: [(key: String, value: String?)] = []) throws(UserError) -> [ConfigurationSetting] {
    var settings: [ConfigurationSetting] = []
    guard configs.count <= 1 else {
      throw UserError(
        "--config: expected one file, found \(configs.joined(separator: " and ")); --set changes single keys of one",
        status: .usage)
    }
    if let config = configs.first { settings = try ConfigurationFile.read(config) }
    for assignment in assignments {
      settings.append(try ConfigurationSetting(argument: Self.resolved(assignment)))
    }
    for case (let key, let value?) in keyFlags + more {
      let flag = "--" + key.map { $0 == "_" ? "-" : String($0) }.joined()
      settings.append(ConfigurationSetting(key: key, text: .scalar(value), origin: .flag(flag)))
    }
    if let initial {
      let path = try RunFolder.checkpointPath(argument: initial, of: "--init")
      settings.append(ConfigurationSetting(key: RunSettings.initialKey, text: .scalar(path), origin: .flag("--init")))
    }
    return settings
  }

  /// Returns an assignment, that of the initial checkpoint with the newest one of a run where it names the run's folder.
  /// - Throws: `UserError` where the folder has no checkpoint.
  static func resolved(_ assignment: String) throws(UserError) -> String {
    let beginning = "\(RunSettings.initialKey)="
    // Without a path there is no initial checkpoint.
    guard assignment.hasPrefix(beginning), assignment != beginning else { return assignment }
    let path = String(assignment.dropFirst(beginning.count))
    return beginning + (try RunFolder.checkpointPath(argument: path, of: "--set \(RunSettings.initialKey)"))
  }

  /// Returns the arguments that give another process of the program these options.
  func arguments() throws(UserError) -> [String] {
    let checkpoint = try initial.map { path throws(UserError) in
      try RunFolder.checkpointPath(argument: path, of: "--init")
    }
    let texts = keyFlags.filter { $0.key != Self.deterministicKey }.map { ("--\($0.key)", $0.value) }
    let resolved = try assignments.map { assignment throws(UserError) in try Self.resolved(assignment) }
    let options =
      [("--preset", preset), ("--init", checkpoint)] + texts + configs.map { ("--config", $0) }
      + resolved.map { ("--set", $0) }
    return options.flatMap { option, value in value.map { [option, $0] } ?? [] }
      + (deterministicKernels ? ["--deterministic-kernels"] : [])
  }

  /// The settings of the preset, which all others take precedence over.
  func presetSettings() throws(UserError) -> [ConfigurationSetting] { try chosenPreset()?.settings ?? [] }

  /// Returns the configuration of a new run.
  /// - Parameter more: further flags that are keys of the configuration.
  func configuration(_ more: [(key: String, value: String?)] = [], note: (String) -> Void) throws -> RunConfiguration {
    let preset = try chosenPreset()
    let settings = (preset?.settings ?? []) + (try settings(more))
    let configuration = try RunConfiguration(settings: settings, catalog: MetaRL.catalog, note: note)
    try preset?.check(configuration)
    return configuration
  }

  private func chosenPreset() throws(UserError) -> Preset? {
    guard let preset else { return nil }
    return try MetaRL.catalog.preset(named: preset)
  }
}
