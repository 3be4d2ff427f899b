import Files
import Foundation
public import Parts

/// The drawing of charts with the program gnuplot.
public enum Gnuplot {
  /// The file format of a picture.
  public enum Format: String, CaseIterable, Sendable {
    case svg, png, pdf

    /// The gnuplot terminal of the format. All terminals have the same proportions: letters of 14 and lines of 2 on an area
    /// of 800 x 500. A point is 1/72 inch; png has 96 pixels per inch and is twice as large, and pdf draws letters at half
    /// of their size.
    var terminal: String {
      switch self {
      case .svg: "svg size 800,500 dynamic font '\(font(1))' background '#ffffff'"
      case .png: "pngcairo size 1600,1000 font '\(font(1))' linewidth 2 pointscale 2 background '#ffffff'"
      case .pdf: "pdfcairo size 6.4in,4in font '\(font(1))' pointscale 0.7 background '#ffffff'"
      }
    }

    /// The font whose letters are of `size` times the usual size.
    func font(_ size: Double) -> String {
      let usual =
        switch self {
        case .svg: 14.0
        case .png: 21.0
        case .pdf: 12.0
        }
      return "sans-serif,\((usual * size).shortText)"
    }
  }

  /// Colours that colour-blind readers can distinguish. Source: Okabe and Ito, "Color universal design" (2008).
  private static let palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

  /// Returns the picture of a chart.
  /// - Throws: `UserError`: `unavailable` where gnuplot is not installed, `internalFault` where it fails.
  public static func draw(_ chart: CurveChart, as format: Format) throws(UserError) -> [UInt8] {
    guard let program else {
      throw UserError(
        "charts need gnuplot, which is not installed; install it by: apt-get install gnuplot-nox", status: .unavailable)
    }
    do {
      return try run(program, script: script(of: chart, as: format))
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("cannot run \(program.path): \(error)", status: .unavailable)
    }
  }

  /// Whether there is a gnuplot on the search path.
  public static var isInstalled: Bool { program != nil }

  private static var program: ExternalProgram? { ExternalProgram(named: "gnuplot") }

  private static func run(_ program: ExternalProgram, script: String) throws -> [UInt8] {
    try ExternalProgram.withTemporaryFolder("metarl-chart") { folder in
      let (scriptFile, picture) = ("\(folder)/chart.gnuplot", "\(folder)/chart.out")
      try script.write(toFile: scriptFile, atomically: false, encoding: .utf8)
      let outcome = try program.run([scriptFile], output: picture, log: "\(folder)/log")
      let bytes = try Array(Data(contentsOf: URL(filePath: picture)))
      guard outcome.succeeded, !bytes.isEmpty else {
        throw UserError("gnuplot could not draw the chart: \(outcome.messages)", status: .internalFault)
      }
      return bytes
    }
  }

  /// Returns the gnuplot program that writes the picture of a chart to standard output.
  static func script(of chart: CurveChart, as format: Format) -> String {
    let layout = ChartLayout(chart)
    var lines = [
      "set terminal \(format.terminal)", "set encoding utf8", "unset key",
      "set lmargin at screen \(layout.left)", "set rmargin at screen \(layout.right)",
      "set bmargin at screen \(layout.bottom)", "set tmargin at screen \(layout.top)",
      "set xrange [\(layout.x.lowerBound):\(layout.x.upperBound)]",
      "set yrange [\(layout.y.lowerBound):\(layout.y.upperBound)]",
      "set label \(quoted(chart.title)) at graph 0, screen 0.95 left noenhanced",
      "set xlabel \(quoted(chart.xLabel)) noenhanced offset 0,0.3", "set ylabel \(quoted(chart.yLabel)) noenhanced",
      "set border 3 linecolor rgb '#444444'", "set format y '%g'",
      "set tics nomirror out scale 0.6", "set grid linecolor rgb '#dddddd' linewidth 0.5 linetype 1",
    ]
    if chart.countsX, layout.x.upperBound - layout.x.lowerBound <= 20 { lines.append("set xtics 1") }
    for label in layout.labels { lines += script(of: label, in: chart, layout, as: format) }
    for (index, line) in chart.lines.enumerated() {
      lines.append("$line\(index) << END")
      lines += line.points.map { "\($0.x) \($0.mean) \($0.low) \($0.high)" }
      lines.append("END")
    }
    let bands = chart.lines.indices.filter { chart.lines[$0].hasBand }.map { index in
      let (line, color) = (chart.lines[index], color(chart.lines[index]))
      // The band of one point is a bar.
      return line.points.count == 1
        ? "$line\(index) using 1:2:3:4 with yerrorbars pointtype 7 linecolor rgb '\(color)'"
        : "$line\(index) using 1:3:4 with filledcurves fillcolor rgb '\(color)' "
          + "fillstyle transparent solid 0.15 noborder"
    }
    let means = chart.lines.indices.map { index in
      let line = chart.lines[index]
      return "$line\(index) using 1:2 with \(style(of: line, countsX: chart.countsX)) "
        + "linecolor rgb '\(color(line))' linewidth 2"
    }
    lines.append("plot " + (bands + means).joined(separator: ", \\\n  "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns the commands that write a label in ink beside a sample of its line, to which a thin line leads from the line's
  /// end.
  private static func script(
    of label: ChartLayout.Label, in chart: CurveChart, _ layout: ChartLayout, as format: Format
  ) -> [String] {
    let line = chart.lines[label.line]
    let stroke = "nohead linecolor rgb '\(color(line))'"
    var commands = [
      "set arrow from graph \(label.end.x), graph \(label.end.y) to graph 1.01, graph \(label.height) \(stroke) "
        + "linewidth 0.7 dashtype 3",
      "set arrow from graph 1.01, graph \(label.height) to graph 1.03, graph \(label.height) \(stroke) linewidth 2",
    ]
    if let mark = mark(of: line) {
      commands.append(
        "set label '' at graph 1.02, graph \(label.height) point pointtype \(mark) pointsize 0.6 "
          + "linecolor rgb '\(color(line))'")
    }
    for (row, text) in label.rows.enumerated() {
      let height = label.height + (Double(label.rows.count - 1) / 2 - Double(row)) * layout.rowHeight
      commands.append(
        "set label \(quoted(text)) at graph 1.035, graph \(height) left noenhanced font '\(format.font(layout.labelSize))'"
      )
    }
    return commands
  }

  /// Returns the style of a line; dashes of a noisy line would look like gaps in it.
  private static func style(of line: CurveChart.Line, countsX: Bool) -> String {
    guard line.points.count > 1 else { return "points pointtype 7" }
    guard let mark = mark(of: line) ?? (countsX ? marks[0] : nil) else { return "lines" }
    return "linespoints pointtype \(mark) pointsize 0.6 "
      + "pointinterval \(max(1, line.points.count / (countsX ? 25 : 12)))"
  }

  /// Returns the mark of a line whose colour is used up, so that it repeats; nil where it does not.
  private static func mark(of line: CurveChart.Line) -> Int? {
    let round = line.color / palette.count
    return round > 0 ? marks[(round - 1) % marks.count] : nil
  }

  /// The point types of gnuplot: filled circles, squares, triangles and diamonds, and then their open forms.
  private static let marks = [7, 5, 9, 13, 6, 4, 8, 12]

  /// Returns the colour of a line from the palette; each further shade of a colour has half the strength.
  private static func color(_ line: CurveChart.Line) -> String {
    let color = palette[line.color % palette.count]
    guard line.shade > 0, let number = Int(color.dropFirst(), radix: 16) else { return color }
    let channels = [16, 8, 0].map { shift in
      255 - (255 - (number >> shift & 255)) >> line.shade
    }
    return "#" + channels.map { String(format: "%02X", $0) }.joined()
  }

  /// Returns a text in single quotes, where only the quote itself is special.
  private static func quoted(_ text: String) -> String {
    let plain = text.map { $0.isNewline ? " " : $0 }
    return "'" + plain.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
