import Foundation
import Parts
@testable import Reporting
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct ExportTests {
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func run(_ name: String, iterations: Int = 3, _ more: String...) throws -> RunCurves {
    let folder = RunFolder(path: "\(temporary.path)/\(name)")
    _ = try TrainingRun(
      configuration: .quick(iterations: iterations, more), folder: folder, catalog: .quick
    ).train()
    return try RunCurves(folder, catalog: .quick)
  }

  @Test func csvHasTheCurveBesideItsAxes() throws {
    let curves = try run("a, \"b\"")
    let lines = try CurveTable.csv(of: [curves], curve: "updates").split(separator: "\n")
    #expect(lines[0] == "run,task,algorithm,seed,iteration,environment_steps,updates")
    #expect(lines[1] == "\"\(temporary.path)/a, \"\"b\"\"\",random-walk,maml,1,1,101,1")
    #expect(lines.count == 4)
  }

  @Test func tableWithoutACurveHasAllColumns() throws {
    let curves = try run("run")
    let header = try #require(try CurveTable.csv(of: [curves], curve: nil).split(separator: "\n").first)
    #expect(header == "run,task,algorithm,seed,\(curves.metrics.columns.joined(separator: ","))")
    let json = try CurveTable.json(of: [curves], curve: nil)
    struct Run: Decodable { var curves: [String: [Double]] }
    let found = try JSONDecoder().decode([Run].self, from: Data(json.utf8)).first?.curves
    #expect(found?["return_after"] == curves.metrics.column("return_after"))
  }

  /// Losses of tasks are not negative, whatever Student says of two of them; a surrogate of policies may be.
  @Test func bandsStayWithinWhatIsPossible() throws {
    let tiny = ["task=sinusoid", "iterations=2", "meta_batch_size=2", "hidden_sizes=[4]"]
    let folders = try [1, 2].map { seed in
      let folder = RunFolder(path: "\(temporary.path)/\(seed)")
      let settings = try (tiny + ["seed=\(seed)"]).map { try ConfigurationSetting(argument: $0) }
      _ = try TrainingRun(
        configuration: RunConfiguration(settings: settings, catalog: .standard), folder: folder, catalog: .standard
      ).train()
      return folder
    }
    let table = try MetricsTable(path: folders[0].metricsPath)
    let column = try #require(table.columns.firstIndex(of: "loss_after"))
    for (folder, loss) in zip(folders, [1.0, 4]) {
      let rows = table.rows.map { row in row.indices.map { $0 == column ? loss : row[$0] } }
      try StoredFile.write(MetricsTable(columns: table.columns, rows: rows).text, to: folder.metricsPath)
    }
    let runs = try folders.map { try RunCurves($0, catalog: .standard) }
    for band in [ChartBand.interval, .standardError, .range] {
      let points = try CurveChart(runs, curve: "loss_after", band: band).lines[0].points
      #expect(points.allSatisfy { $0.low >= 0 && $0.mean == 2.5 && $0.high > 2.5 }, "\(band)")
    }
    #expect(try CurveChart(runs, curve: "loss_after", band: .interval).lines[0].points[0].low == 0)
    let walks = [try run("a", "seed=1"), try run("b", "seed=2")]
    #expect(RunCurves.possibleValues(of: "loss", in: walks).lowerBound == -.infinity)
    #expect(RunCurves.possibleValues(of: "loss_after", in: runs).lowerBound == 0)
  }

  /// Runs of versions or settings that keep other columns.
  @Test func tableOfOtherColumnsHasThoseOfAllRuns() throws {
    let (first, whole) = (try run("first"), try run("second"))
    let path = RunFolder(path: whole.name).metricsPath
    let (columns, rows) = (whole.metrics.columns, whole.metrics.rows)
    let last = columns.count - 1
    try StoredFile.write(
      MetricsTable(columns: Array(columns.dropLast()) + ["own"], rows: rows).text, to: path)
    let second = try RunCurves(RunFolder(path: whole.name), catalog: .quick)
    let lines = try CurveTable.csv(of: [first, second], curve: nil).split(separator: "\n")
    #expect(lines[0].hasSuffix(",\(columns[last]),own"))
    #expect(lines.count == 7 && lines[1].hasSuffix(",") && lines[4].hasSuffix(",,\(rows[0][last].shortText)"))
    struct Run: Decodable { var curves: [String: [Double?]] }
    let found = try JSONDecoder().decode([Run].self, from: Data(CurveTable.json(of: [first, second], curve: nil).utf8))
    #expect(found[0].curves["own"] == nil && found[1].curves["own"]?.count == 3)
  }

  /// Two runs of one seed are one sample twice, not a mean of two.
  @Test func runsOfOneSeedAreLinesOfTheirOwn() throws {
    let (first, second) = (try run("first"), try run("second"))
    let chart = try CurveChart([first, second], curve: "return_after")
    #expect(chart.lines.map(\.seeds) == [1, 1])
    #expect(Set(chart.lines.map(\.title)).count == 2)
  }

  @Test func curveWithoutAFiniteNumberIsRefused() throws {
    let run = try run("run")
    let path = "\(temporary.path)/run/metrics.csv"
    let text = try temporary.text("run/metrics.csv")
    let header = try #require(text.split(separator: "\n").first)
    let row = header.split(separator: ",").map { $0 == "iteration" ? "1" : "nan" }.joined(separator: ",")
    try StoredFile.write("\(header)\n\(row)\n", to: path)
    let curves = try RunCurves(RunFolder(path: run.name), catalog: .quick)
    let error = userError { _ = try CurveChart([curves], curve: "loss") }
    #expect(error?.status == .malformedData)
  }

  @Test func unknownCurveGetsTheNearest() throws {
    let curves = try run("run")
    let error = userError { _ = try CurveTable.csv(of: [curves], curve: "return_afte") }
    #expect(error?.status == .usage)
    #expect(error?.message.hasSuffix("unknown curve 'return_afte'; did you mean 'return_after'?") == true)
    #expect(userError { _ = try CurveChart([curves], curve: "lss") }?.status == .usage)
  }

  @Test func incompleteMetricsAreFine() throws {
    let whole = try run("run")
    let folder = RunFolder(path: whole.name)
    try StoredFile.write(String(try temporary.text("run/metrics.csv").dropLast(9)), to: folder.metricsPath)
    let torn = try RunCurves(folder, catalog: .quick)
    #expect(torn.metrics.rows == whole.metrics.rows.dropLast())
  }

  @Test func damagedMetricsNameTheirLine() throws {
    let whole = try run("run")
    let path = RunFolder(path: whole.name).metricsPath
    try StoredFile.write(try temporary.text("run/metrics.csv") + "4,x\n", to: path)
    let error = userError { _ = try MetricsTable(path: path) }
    #expect(error?.message.hasPrefix("\(path):5: expected 10 numbers, found '4,x'") == true)
  }

  @Test func seedsAreOneLineWithItsRange() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2"), try run("c", "seed=3")]
    let chart = try CurveChart(runs, curve: "return_after")
    #expect(chart.lines.count == 1)
    #expect(chart.lines[0].title == "after adaptation")
    #expect(chart.title == "random-walk, maml: mean and range of 3 seeds")
    let values = runs.compactMap { $0.metrics.column("return_after")?[0] }
    let point = chart.lines[0].points[0]
    #expect(point.x == 101 && point.low == values.min() && point.high == values.max())
    // Rounding of a sum of three.
    #expect(abs(point.mean - values.reduce(0, +) / 3) < 1e-12)
  }

  @Test func seedsOfUnequalLengthGoEachToItsOwnEnd() throws {
    let runs = [try run("a", "seed=1"), try run("b", iterations: 2, "seed=2"), try run("c", iterations: 1, "seed=3")]
    let chart = try CurveChart(runs, curve: "return_after")
    #expect(chart.title == "random-walk, maml: mean and range of 3 seeds, each to its own end")
    let points = try #require(chart.lines.first).points
    #expect(points.count == 3)
    let columns = runs.compactMap { $0.metrics.column("return_after") }
    #expect(points[1].mean == (columns[0][1] + columns[1][1]) / 2)
    #expect(points[2].mean == columns[0][2] && points[2].low == points[2].high)
  }

  /// Runs that differ in more than the seed are not averaged, whatever their seeds are.
  @Test func configurationsAreLinesOfTheirOwnLabelledByWhatDiffers() throws {
    let runs = [
      try run("a", "seed=1"), try run("b", "seed=2"), try run("c", "seed=3", "inner_rate=0.5"),
      try run("d", "seed=4", "inner_rate=0.5", "baseline=network"),
    ]
    let chart = try CurveChart(runs, curve: "return_after")
    #expect(
      chart.lines.map(\.title) == [
        "baseline=linear inner_rate=0.01 (2 seeds)", "baseline=linear inner_rate=0.5",
        "baseline=network inner_rate=0.5",
      ])
    #expect(chart.lines.map(\.seeds) == [2, 1, 1])
    // What all have in common is the title's.
    #expect(chart.title == "random-walk, maml: mean and range over seeds")
    let lines = try CurveTable.csv(of: runs, curve: "updates").split(separator: "\n")
    #expect(
      lines[0] == "run,task,algorithm,seed,config.baseline,config.inner_rate,iteration,environment_steps,updates")
    #expect(lines[1] == "\(temporary.path)/a,random-walk,maml,1,linear,0.01,1,101,1")
    struct Run: Decodable { var configuration: [String: String]? }
    let json = try CurveTable.json(of: runs, curve: "updates")
    let found = try JSONDecoder().decode([Run].self, from: Data(json.utf8)).map(\.configuration)
    #expect(found.last == ["inner_rate": "0.5", "baseline": "network"])
  }

  /// Workers and intervals change no number, and how far runs have come is no other experiment.
  @Test func whatChangesNoNumberMakesNoOtherLine() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2", "workers=2", "checkpoint_interval=3")]
    #expect(try CurveChart(runs, curve: "loss").lines.map(\.seeds) == [2])
  }

  /// Robots are told apart by their contents.
  @Test func robotsAreLinesOfTheirOwn() throws {
    for name in ["light", "heavy"] { try StoredFile.write("<\(name)/>", to: "\(temporary.path)/\(name).xml") }
    let runs = [
      try run("a", "seed=1", "model=\(temporary.path)/light.xml"),
      try run("b", "seed=2", "model=\(temporary.path)/light.xml"),
      try run("c", "seed=3", "model=\(temporary.path)/heavy.xml"), try run("d", "seed=4"),
    ]
    let chart = try CurveChart(runs, curve: "loss")
    #expect(chart.lines.map(\.seeds) == [2, 1, 1])
    #expect(chart.lines[2].title == "model=standard")
  }

  @Test func windowMakesMeansOfIterations() throws {
    let whole = try run("run", iterations: 7)
    let table = try whole.averaged(over: 3).metrics
    #expect(table.column("iteration") == [3, 6])
    #expect(
      table.column("environment_steps") == [3, 6].map { whole.metrics.column("environment_steps")?[$0 - 1] ?? 0 })
    let losses = try #require(whole.metrics.column("loss"))
    let means = [losses[0..<3], losses[3..<6]].map { $0.reduce(0, +) / 3 }
    #expect(table.column("loss") == means)
    let error = userError { _ = try whole.averaged(over: 8) }
    #expect(error?.status == .usage && error?.message.hasPrefix("window 8: expected at least as many rows") == true)
  }

  /// Rows that lack a number, such as a direction that no task of an iteration had.
  @Test func meansAreOverTheValuesThatAreThere() throws {
    let (none, rows) = (Double.nan, [[1.0, 10], [2, .nan], [3, 20], [4, .nan], [5, .nan], [6, .nan]])
    let table = MetricsTable(columns: ["iteration", "loss"], rows: rows).averaged(over: 3)
    #expect(table.rows[0] == [3, 15])
    #expect(table.rows[1][0] == 6 && table.rows[1][1].isNaN)
    // A training that has diverged is no gap.
    let diverged = MetricsTable(columns: ["iteration", "loss"], rows: [[1, .infinity], [2, none], [3, 1]])
    #expect(diverged.averaged(over: 3).rows[0][1] == .infinity)
  }

  @Test func seedThatLacksANumberLeavesTheOthersTheirMean() throws {
    let runs = [try run("a", "seed=1"), try run("b", "seed=2")]
    let path = RunFolder(path: runs[1].name).metricsPath
    let column = try #require(runs[1].metrics.columns.firstIndex(of: "loss"))
    var rows = runs[1].metrics.rows
    rows[1][column] = .nan
    try StoredFile.write(MetricsTable(columns: runs[1].metrics.columns, rows: rows).text, to: path)
    let gap = try RunCurves(RunFolder(path: runs[1].name), catalog: .quick)
    let points = try CurveChart([runs[0], gap], curve: "loss").lines[0].points
    #expect(points.count == 3)
    #expect(points[1].mean == runs[0].metrics.column("loss")?[1])
  }

  @Test func classifiersAreShownByTheirAccuracy() throws {
    let settings = try [
      "task=glyphs", "iterations=2", "meta_batch_size=2", "queries=2", "hidden_sizes=[4]", "checkpoint_interval=2",
    ].map { try ConfigurationSetting(argument: $0) }
    let folder = RunFolder(path: "\(temporary.path)/glyphs")
    _ = try TrainingRun(
      configuration: RunConfiguration(settings: settings, catalog: .standard), folder: folder, catalog: .standard
    ).train()
    let chart = try CurveChart([RunCurves(folder, catalog: .standard)], curve: nil)
    #expect(chart.lines.map(\.title) == ["before adaptation", "after adaptation"])
    #expect(chart.yLabel == "mean accuracy on a task's queries")
  }

  /// What all have is drawn; where there is nothing, no curve is named that nobody asked for.
  @Test func runsAreShownByAMeasureThatTheyAllHave() throws {
    func standard(_ name: String, _ arguments: String...) throws -> RunCurves {
      let settings = try (["iterations=2", "meta_batch_size=2", "hidden_sizes=[4]"] + arguments).map {
        try ConfigurationSetting(argument: $0)
      }
      let folder = RunFolder(path: "\(temporary.path)/\(name)")
      let configuration = try RunConfiguration(settings: settings, catalog: .standard)
      _ = try TrainingRun(configuration: configuration, folder: folder, catalog: .standard).train()
      return try RunCurves(folder, catalog: .standard)
    }
    let classifier = try standard("classes", "task=glyphs", "queries=2")
    let regression = try standard("numbers", "task=sinusoid")
    let chart = try CurveChart([classifier, regression], curve: nil)
    #expect(chart.yLabel == "mean loss of a task" && chart.lines.count == 4)
    let error = userError { _ = try CurveChart([run("walk"), classifier], curve: nil) }
    #expect(error?.status == .usage)
    #expect(
      error?.message
        == "expected return, accuracy, loss before and after adaptation, one that all runs have, found return of "
        + "\(temporary.path)/walk, accuracy of \(classifier.name); name a column that they have")
  }

  /// The headings of metrics.csv may be anyone's.
  @Test func headingsAreQuotedAsFieldsAre() throws {
    let run = try run("run")
    let text = try temporary.text("run/metrics.csv")
    let changed = text.replacingOccurrences(of: ",return_after,", with: ",\"return, after\",")
    try StoredFile.write(changed, to: "\(run.name)/metrics.csv")
    let curves = try RunCurves(RunFolder(path: run.name), catalog: .quick)
    #expect(curves.metrics.columns.contains("return, after"))
    let header = try #require(try CurveTable.csv(of: [curves], curve: nil).split(separator: "\n").first)
    #expect(header == "run,task,algorithm,seed," + changed.prefix { $0 != "\n" })
    try FileManager.default.moveItem(atPath: run.name, toPath: "\(temporary.path)/two\nlines")
    let broken = try RunCurves(RunFolder(path: "\(temporary.path)/two\nlines"), catalog: .quick)
    #expect(userError { _ = try CurveTable.csv(of: [broken], curve: nil) }?.status == .usage)
  }

  @Test func algorithmsAreLinesOfTheirOwn() throws {
    let runs = [try run("a"), try run("b", "algorithm=mlsr")]
    let chart = try CurveChart(runs, curve: nil)
    #expect(
      chart.lines.map(\.title) == [
        "maml, before adaptation", "maml, after adaptation", "mlsr, before adaptation", "mlsr, after adaptation",
      ])
    #expect(chart.xLabel == "environment steps")
  }

  /// There are seven colours.
  @Test func linesBeyondTheColoursHaveMarks() throws {
    // Of one seed, each is a line of its own.
    let runs = try (0..<17).map { try run("run\($0)") }
    let script = try Gnuplot.script(of: CurveChart(runs, curve: "loss"), as: .svg)
    let styles = script.matches(of: /with (.*) linecolor rgb '(#\w+)' linewidth 2/).map { "\($0.1) \($0.2)" }
    #expect(styles.count == 17 && Set(styles).count == 17)
    // Dashes of a noisy line look like gaps; those that lead to its label are none of it.
    let plot = try #require(script.components(separatedBy: "\nplot ").last)
    #expect(!plot.contains("dashtype"))
  }

  @Test func curvesOfARunAreShadesOfItsColour() throws {
    let chart = try CurveChart([run("a")], curve: nil)
    let script = Gnuplot.script(of: chart, as: .svg)
    let colors = script.matches(of: /using 1:2 .* linecolor rgb '(#\w+)'/).map { $0.1 }
    // Half of what the first colour, #0072B2, lacks of white.
    #expect(chart.lines.map(\.title) == ["before adaptation", "after adaptation"])
    #expect(colors == ["#80B9D9", "#0072B2"])
  }

  /// A font that is there, under one name in all formats.
  @Test(arguments: Gnuplot.Format.allCases) func everyFormatAsksForTheSameFont(format: Gnuplot.Format) throws {
    let script = try Gnuplot.script(of: CurveChart([run("a")], curve: nil), as: format)
    #expect(script.contains("font 'sans-serif,"))
  }

  /// Where the drawn texts are: right of the lines, where the lines end, and apart.
  @Test(.enabled(if: Gnuplot.isInstalled)) func labelsStandAtTheRightEndsOfTheirLines() throws {
    let chart = CurveChart(
      title: "t", xLabel: "x", yLabel: "y",
      curves: ["low", "twin", "high"].enumerated().map { index, name in
        let points = (0...10).map { x in
          CurveChart.Curve.Point(x: Double(x), mean: index < 2 ? 1 + Double(index) / 1_000 : Double(x))
        }
        return CurveChart.Curve(title: name, points: points)
      })
    let text = String(decoding: try Gnuplot.draw(chart, as: .svg), as: UTF8.self)
    func place(_ word: String) throws -> (x: Double, y: Double) {
      let pattern = try Regex(
        "translate\\(([0-9.]+),([0-9.]+)\\)\"[^>]*>\\s*<text>[^/]*\(word)",
        as: (Substring, Substring, Substring).self)
      let match = try #require(text.firstMatch(of: pattern), "\(word)")
      return try (#require(Double(match.1)), #require(Double(match.2)))
    }
    let (low, twin, high) = (try place("low"), try place("twin"), try place("high"))
    // Letters are 14 high; the area of the lines ends at 800 less the room for the longest label.
    #expect(low.y - twin.y > 14 && twin.y - high.y > 100)
    let areRight = [low.x, twin.x, high.x].allSatisfy { $0 > 700 && $0 < 800 }
    #expect(areRight)
  }

  /// A thousand rows are as they are; of more a chart is smoothed, says so, and goes to the end.
  @Test func manyRowsAreSmoothedAndTheChartSaysSo() throws {
    let runs = [try run("a", iterations: 1_203, "seed=1"), try run("b", iterations: 7, "seed=2")]
    let chart = try CurveChart(runs, curve: "loss")
    #expect(chart.title == "random-walk, maml: mean and range of 2 seeds, each to its own end")
    #expect(chart.xLabel == "environment steps (thousands); a point is the mean of 5 iterations")
    let points = chart.lines[0].points
    #expect(points.count == 241)
    let losses = try #require(runs[0].metrics.column("loss"))
    // The sum of five numbers in another order.
    #expect(abs(points[3].mean - losses[15..<20].reduce(0, +) / 5) < 1e-9)
    #expect(abs(points[240].mean - losses[1_200..<1_203].reduce(0, +) / 3) < 1e-9)
    // The second run's last point is of its last two iterations, where the first one's has five.
    #expect(points[1].low < points[1].high && points[2].low == points[2].high)
    let thousand = try CurveChart([run("c", iterations: 1_000)], curve: "loss")
    #expect(thousand.lines[0].points.count == 1_000 && !thousand.xLabel.contains("mean"))
    let windowed = try CurveChart([runs[0].averaged(over: 3)], curve: "loss")
    #expect(windowed.xLabel == "environment steps (thousands); a point is the mean of 3 iterations")
  }

  @Test func aBandIsWhatWasAskedFor() throws {
    let runs = try (1...4).map { try run("run\($0)", "seed=\($0)") }
    let values = try runs.map { try #require($0.metrics.column("return_after"))[0] }
    let mean = values.reduce(0, +) / 4
    let error = (values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 3 / 4).squareRoot()
    // Student's 97.5% quantile with 3 degrees of freedom.
    let wide = 3.182446 * error
    for (band, low, high, title) in [
      (ChartBand.range, values.min() ?? 0, values.max() ?? 0, "mean and range of 4 seeds"),
      (.standardError, mean - error, mean + error, "mean and standard error of 4 seeds"),
      (.interval, mean - wide, mean + wide, "mean and 95% interval of 4 seeds"),
      (.none, mean, mean, "mean of 4 seeds"),
    ] {
      let chart = try CurveChart(runs, curve: "return_after", band: band)
      #expect(chart.title == "random-walk, maml: \(title)")
      let point = chart.lines[0].points[0]
      #expect(abs(point.low - low) < 1e-9 && abs(point.high - high) < 1e-9, "\(band)")
      #expect(Gnuplot.script(of: chart, as: .svg).contains("filledcurves") == (band != .none))
    }
    #expect(try !CurveChart([runs[0]], curve: "loss", band: .interval).lines[0].hasBand)
  }

  @Test func scriptQuotesWhatGnuplotWouldRead() throws {
    let chart = CurveChart(title: "it's `pwd` \"x\"\nplot 1", xLabel: "x", yLabel: "y", lines: [])
    #expect(Gnuplot.script(of: chart, as: .svg).contains("set label 'it''s `pwd` \"x\" plot 1' at graph 0"))
  }

  @Test(.enabled(if: Gnuplot.isInstalled), arguments: zip(Gnuplot.Format.allCases, ["<?xml", "\u{89}PNG", "%PDF"]))
  func drawsAPictureOfEachFormat(format: Gnuplot.Format, signature: String) throws {
    let bytes = try Gnuplot.draw(CurveChart([run("a", "seed=1"), run("b", "seed=2")], curve: nil), as: format)
    #expect(bytes.starts(with: signature.unicodeScalars.map { UInt8($0.value) }))
  }
}
