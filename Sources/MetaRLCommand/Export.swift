import ArgumentParser
import Evaluation
import Parts
import Reporting
import Runs

/// The command `metarl export`, which writes the curves of runs as a table or a chart.
struct Export: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json, svg, png, pdf, onnx }

  static let configuration = CommandConfiguration(
    abstract: "Write the curves of runs as a table or, through gnuplot, a chart; or a run's model as ONNX.",
    discussion: """
      Runs that differ in their seeds only are one line, the mean over the runs that have come so far, with a band; \
      others are lines of their own, labelled by the keys of the configuration that differ. Without --curve a chart has \
      the returns, accuracies or losses before and after adaptation, and a table has all columns. A chart of more than \
      1,000 rows shows means, and says of how many iterations.

      With --adaptation it is the score after 0, 1, ... inner steps on held-out tasks instead: by the evaluation.json of \
      each run, and a run without one of the same tasks and as many steps is evaluated first, as by compare.

      As onnx a run's model, without --task before adaptation. A policy maps an observation [batch, n] to action, clipped \
      as the environment clips it; factors and bounds of the observations are part of it. A supervised model maps input \
      [batch, n] to prediction, or to class and logits.
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"), completion: Completions.runs)
  var folders: [String]

  @Option(help: ArgumentHelp("A column of metrics.csv.", valueName: "name"))
  var curve: String?

  @Option(
    help: ArgumentHelp("Make one point of n iterations, their mean: few tasks make a noisy line.", valueName: "n"))
  var window: String?

  @Flag(help: "The score after 0, 1, ... inner steps on held-out tasks, rather than the curves of the training.")
  var adaptation = false

  @Option(
    help: ArgumentHelp(
      "Of charts, what is around a mean over seeds: range, interval (95%), standard-error or none; of --adaptation over "
        + "seeds and tasks, of one run over tasks. range if not given, of --adaptation interval.", valueName: "name"))
  var band: String?

  @Option(help: "csv, json, svg, png, pdf or onnx; taken from the ending of --output if not given.")
  var format: Format?

  @Option(help: ArgumentHelp("File to write; standard output if not given.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "\(RehearsalOptions.taskHelp), to which the model of onnx adapts; before adaptation if not given.",
      valueName: "name"))
  var task: String?

  @OptionGroup(title: "Options of onnx; of --adaptation --steps and --seed")
  var options: RehearsalOptions

  func run() throws {
    let format = try self.format ?? formatOfOutput()
    if output == nil, Console.Stream.output.isTerminal, format == .png || format == .pdf || format == .onnx {
      throw UserError("a \(format.rawValue) on a terminal: expected --output, found none", status: .usage)
    }
    if format == .onnx {
      let model = try model()
      return try write(ONNXFile.bytes(of: model), Self.title(of: model))
    }
    let taken = adaptation ? ["--steps", "--seed"] : []
    let given = (task == nil ? [] : ["--task"]) + options.given
    if let option = given.first(where: { !taken.contains($0) }) {
      throw UserError("\(option): expected only with --format onnx, found \(format.rawValue)", status: .usage)
    }
    if band != nil, format == .csv || format == .json {
      throw UserError("--band: expected only with charts, found \(format.rawValue)", status: .usage)
    }
    let shown = adaptation ? ", by inner steps" : curve.map { ", \($0)" } ?? ""
    try write(
      adaptation ? adaptationBytes(as: format) : curveBytes(as: format),
      "\(format.picture == nil ? "table" : "chart") of \(ReadableNumber.counted(folders.count, "run"))\(shown)")
  }

  /// Writes to standard output, or to the file with a line that says what it has.
  private func write(_ bytes: [UInt8], _ title: String) throws {
    guard let output else { return Console.write(bytes) }
    try StoredFile.write(bytes, to: output)
    Console.printLine("\(output): \(title)")
  }

  /// Returns what a model is, of which run, and what it has adapted to.
  private static func title(of model: AdaptedModel) -> String {
    let kind =
      switch model.result {
      case .means, .choices: "policy"
      case .predictions, .classes, .sides: "model"
      }
    let origin = ["config.algorithm", "family"].compactMap { model.metadata[$0] }.joined(separator: " on ")
    return "\(kind) of \(origin), \(model.adaptation)"
  }

  /// The model of the run.
  private func model() throws -> AdaptedModel {
    guard folders.count == 1 else {
      throw UserError("--format onnx: expected one run, found \(folders.count)", status: .usage)
    }
    for (option, isGiven) in [
      ("curve", curve != nil), ("window", window != nil), ("adaptation", adaptation), ("band", band != nil),
    ] where isGiven {
      throw UserError("--\(option): expected only with tables and charts, found --format onnx", status: .usage)
    }
    for option in ["--steps", "--seed"] where task == nil && options.given.contains(option) {
      throw UserError("\(option): expected only with --task, to which the model adapts, found none", status: .usage)
    }
    let rehearsal = try options.rehearsal(of: folders[0], steps: task == nil ? 0 : nil)
    return try rehearsal.model(task: task)
  }

  private func formatOfOutput() throws(UserError) -> Format {
    let ending = output.flatMap { $0.split(separator: ".").last.map(String.init) } ?? ""
    if let format = Format(rawValue: ending) { return format }
    let formats = Format.allCases.map(\.rawValue).joined(separator: ", ")
    throw UserError("--format: expected one of \(formats), found none", status: .usage)
  }

  private func chosenBand() throws(UserError) -> ChartBand? {
    guard let band else { return nil }
    if let chosen = ChartBand(rawValue: band) { return chosen }
    let names = ChartBand.allCases.map(\.rawValue).joined(separator: ", ")
    throw UserError("--band \(band): expected one of \(names)", status: .usage)
  }

  private func curveBytes(as format: Format) throws -> [UInt8] {
    let window = try NumberOption.read("--window", window, in: 1...1_000_000_000) ?? 1
    let runs = try folders.map { try Self.curves(of: RunFolder(trained: $0)).averaged(over: window) }
    return switch format.picture {
    case let picture?: try Gnuplot.draw(CurveChart(runs, curve: curve, band: chosenBand() ?? .range), as: picture)
    case nil where format == .json: Array(try CurveTable.json(of: runs, curve: curve).utf8)
    case nil: Array(try CurveTable.csv(of: runs, curve: curve).utf8)
    }
  }

  private static func curves(of folder: RunFolder) throws -> RunCurves {
    do throws(UserError) {
      return try RunCurves(folder, catalog: MetaRL.catalog)
    } catch {
      guard folder.pretrainedName != nil else { throw error }
      throw UserError(
        "\(error.message); --adaptation has its scores by inner steps, and a run of train has metrics",
        status: error.status)
    }
  }

  private func adaptationBytes(as format: Format) throws -> [UInt8] {
    for (option, value) in [("curve", curve), ("window", window)] where value != nil {
      throw UserError("--\(option): expected only without --adaptation, found both", status: .usage)
    }
    let runs = try folders.map { try RunFolder(trained: $0) }
    let scores = try AdaptationScores(
      runs, steps: try NumberOption.read("--steps", options.steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", options.seed, in: 0...Int.max), catalog: MetaRL.catalog,
      warn: Console.printError, progress: Console.printError)
    let curves = try AdaptationCurves(runs.map { try ReportedRun($0, catalog: MetaRL.catalog) }, scores)
    return switch format.picture {
    case let picture?: try Gnuplot.draw(curves.chart(band: chosenBand() ?? .interval), as: picture)
    case nil where format == .json: Array(try curves.json().utf8)
    case nil: Array(try curves.csv().utf8)
    }
  }
}

extension Export.Format {
  /// The format of a chart; nil where it is no picture.
  fileprivate var picture: Gnuplot.Format? { Gnuplot.Format(rawValue: rawValue) }
}
