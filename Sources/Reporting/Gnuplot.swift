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
      case .svg: "svg size 800,500 dynamic font 'sans-serif,14' background '#ffffff'"
      case .png: "pngcairo size 1600,1000 font 'sans-serif,21' linewidth 2 background '#ffffff'"
      case .pdf: "pdfcairo size 6.4in,4in font 'sans-serif,12' background '#ffffff'"
      }
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
    var lines = [
      "set terminal \(format.terminal)", "set encoding utf8", "set title \(quoted(chart.title)) noenhanced",
      "set xlabel \(quoted(chart.xLabel)) noenhanced offset 0,0.3", "set ylabel \(quoted(chart.yLabel)) noenhanced",
      // The empty title keeps the first line of the legend clear of the axis' label above it.
      "set key below center Left reverse noenhanced samplen 2.5 maxcols 3 title ' '",
      "set border 3 linecolor rgb '#444444'",
      "set tics nomirror out scale 0.6", "set grid linecolor rgb '#dddddd' linewidth 0.5 linetype 1",
      "set autoscale xfixmax", "set offsets graph 0, 0, graph 0.08, graph 0.04",
    ]
    for (index, line) in chart.lines.enumerated() {
      lines.append("$line\(index) << END")
      lines += line.points.map { "\($0.x) \($0.mean) \($0.low) \($0.high)" }
      lines.append("END")
    }
    let bands = chart.lines.indices.filter { chart.lines[$0].seeds > 1 }.map { index in
      "$line\(index) using 1:3:4 with filledcurves fillcolor rgb '\(color(chart.lines[index]))' "
        + "fillstyle transparent solid 0.15 noborder notitle"
    }
    let means = chart.lines.indices.map { index in
      let line = chart.lines[index]
      return "$line\(index) using 1:2 with \(style(of: line)) linecolor rgb '\(color(line))' linewidth 2"
        + " title \(quoted(line.title))"
    }
    lines.append("plot " + (bands + means).joined(separator: ", \\\n  "))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns the style of a line. When the colours are used up they repeat with marks; dashes of a noisy line would look
  /// like gaps in it.
  private static func style(of line: CurveChart.Line) -> String {
    guard line.points.count > 1 else { return "points pointtype 7" }
    let round = line.color / palette.count
    guard round > 0 else { return "lines" }
    return "linespoints pointtype \(marks[(round - 1) % marks.count]) pointsize 0.8 "
      + "pointinterval \(max(1, line.points.count / 12))"
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
