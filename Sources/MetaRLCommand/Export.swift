import ArgumentParser
import Evaluation
import Parts
import Reporting
import Runs

/// The command `metarl export`, which writes the curves of runs as a table or a chart.
struct Export: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json, svg, png, pdf, onnx }

  static let configuration = CommandConfiguration(
    abstract: "Write the curves of runs as a table or, through gnuplot, a chart; or a run's policy as ONNX.",
    discussion: """
      Runs that differ in their seeds only are one line, the mean over the runs that have come so far, with their range; \
      others are lines of their own, labelled by the keys of the configuration that differ. Without --curve a chart has \
      the returns, accuracies or losses before and after adaptation, and a table has all columns. A chart of more than \
      1,000 rows shows means, and says of how many iterations.

      As onnx a run's policy, without --task before adaptation, maps an observation [batch, n] to action, clipped as the \
      environment clips it; factors and bounds of the observations are part of it.
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"), completion: Completions.runs)
  var folders: [String]

  @Option(help: ArgumentHelp("A column of metrics.csv.", valueName: "name"))
  var curve: String?

  @Option(
    help: ArgumentHelp("Make one point of n iterations, their mean: few tasks make a noisy line.", valueName: "n"))
  var window: String?

  @Option(help: "csv, json, svg, png, pdf or onnx; taken from the ending of --output if not given.")
  var format: Format?

  @Option(help: ArgumentHelp("File to write; standard output if not given.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp("Of onnx, the task to which the policy adapts first; none if not given.", valueName: "name"))
  var task: String?

  @Option(
    help: ArgumentHelp("Of onnx, the inner steps; those of the training if a task is given.", valueName: "k"))
  var steps: String?

  @Option(
    help: ArgumentHelp(
      "Of onnx, the checkpoint: an iteration, or best; the newest if not given.", valueName: "iteration")
  )
  var checkpoint: String?

  @Option(
    help: ArgumentHelp("Of onnx, the seed of the task and its episodes; the run's own if not given.", valueName: "n"))
  var seed: String?

  func run() throws {
    let format = try self.format ?? formatOfOutput()
    if output == nil, Console.Stream.output.isTerminal, format == .png || format == .pdf || format == .onnx {
      throw UserError("a \(format.rawValue) on a terminal: expected --output, found none", status: .usage)
    }
    if format == .onnx { return try write(model()) }
    for (option, value) in [("task", task), ("steps", steps), ("checkpoint", checkpoint), ("seed", seed)]
    where value != nil {
      throw UserError("--\(option): expected only with --format onnx, found \(format.rawValue)", status: .usage)
    }
    let window = try NumberOption.read("--window", window, in: 1...1_000_000_000) ?? 1
    let runs = try folders.map {
      try RunCurves(RunFolder(trained: $0), catalog: MetaRL.catalog).averaged(over: window)
    }
    try write(try bytes(of: runs, as: format))
  }

  private func write(_ bytes: [UInt8]) throws {
    if let output {
      try StoredFile.write(bytes, to: output)
    } else {
      Console.write(bytes)
    }
  }

  /// The policy of the run as ONNX.
  private func model() throws -> [UInt8] {
    guard folders.count == 1 else {
      throw UserError("--format onnx: expected one run, found \(folders.count)", status: .usage)
    }
    for (option, isGiven) in [("curve", curve != nil), ("window", window != nil)] where isGiven {
      throw UserError("--\(option): expected only with tables and charts, found --format onnx", status: .usage)
    }
    for (option, value) in [("steps", steps), ("seed", seed)] where task == nil && value != nil {
      throw UserError(
        "--\(option): expected only with --task, to which the policy adapts, found none", status: .usage)
    }
    let options = EvaluationOptions(
      checkpoint: try CheckpointChoice(option: checkpoint),
      steps: task == nil ? 0 : try NumberOption.read("--steps", steps, in: 0...1_100),
      seed: try NumberOption.read("--seed", seed, in: 0...Int.max))
    let rehearsal = try RunRehearsal(
      RunFolder(trained: folders[0]), options: options, catalog: MetaRL.catalog, warn: Console.printError)
    return ONNXFile.bytes(of: try rehearsal.model(task: task))
  }

  private func formatOfOutput() throws(UserError) -> Format {
    let ending = output.flatMap { $0.split(separator: ".").last.map(String.init) } ?? ""
    if let format = Format(rawValue: ending) { return format }
    let formats = Format.allCases.map(\.rawValue).joined(separator: ", ")
    throw UserError("--format: expected one of \(formats), found none", status: .usage)
  }

  private func bytes(of runs: [RunCurves], as format: Format) throws(UserError) -> [UInt8] {
    switch format {
    case .csv: Array(try CurveTable.csv(of: runs, curve: curve).utf8)
    case .json: Array(try CurveTable.json(of: runs, curve: curve).utf8)
    case .svg: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .svg)
    case .png: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .png)
    case .pdf: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .pdf)
    case .onnx: preconditionFailure("a model is no curve")
    }
  }
}
