import ArgumentParser
import Parts
import Reporting
import Runs

/// The command `metarl export`, which writes the curves of runs as a table or a chart.
struct Export: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json, svg, png, pdf }

  static let configuration = CommandConfiguration(
    abstract: "Write the curves of runs as a table or, through gnuplot, a chart.",
    discussion: """
      Runs that differ in their seeds only are one line, the mean over the runs that have come so far, with their range; \
      others are lines of their own, labelled by the keys of the configuration that differ. Without --curve a chart has \
      the returns, accuracies or losses before and after adaptation, and a table has all columns. A chart of more than \
      1,000 rows shows means, and says of how many iterations.
      """)

  @Argument(help: ArgumentHelp("Folders of runs.", valueName: "run"))
  var folders: [String]

  @Option(help: ArgumentHelp("A column of metrics.csv.", valueName: "name"))
  var curve: String?

  @Option(
    help: ArgumentHelp("Make one point of n iterations, their mean: few tasks make a noisy line.", valueName: "n"))
  var window: String?

  @Option(help: "csv, json, svg, png or pdf; taken from the ending of --output if not given.")
  var format: Format?

  @Option(help: ArgumentHelp("File to write; standard output if not given.", valueName: "file"))
  var output: String?

  func run() throws {
    let format = try self.format ?? formatOfOutput()
    if output == nil, Console.isTerminal, format == .png || format == .pdf {
      throw UserError("a \(format.rawValue) on a terminal: expected --output, found none", status: .usage)
    }
    let window = try NumberOption.read("--window", window, in: 1...1_000_000_000) ?? 1
    let runs = try folders.map {
      try RunCurves(RunFolder(trained: $0), catalog: MetaRL.catalog).averaged(over: window)
    }
    let bytes = try bytes(of: runs, as: format)
    if let output {
      try StoredFile.write(bytes, to: output)
    } else {
      Console.write(bytes)
    }
  }

  private func formatOfOutput() throws(UserError) -> Format {
    let ending = output.flatMap { $0.split(separator: ".").last.map(String.init) } ?? ""
    if let format = Format(rawValue: ending) { return format }
    throw UserError("--format: expected one of csv, json, svg, png, pdf, found none", status: .usage)
  }

  private func bytes(of runs: [RunCurves], as format: Format) throws(UserError) -> [UInt8] {
    switch format {
    case .csv: Array(try CurveTable.csv(of: runs, curve: curve).utf8)
    case .json: Array(try CurveTable.json(of: runs, curve: curve).utf8)
    case .svg: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .svg)
    case .png: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .png)
    case .pdf: try Gnuplot.draw(CurveChart(runs, curve: curve), as: .pdf)
    }
  }
}
