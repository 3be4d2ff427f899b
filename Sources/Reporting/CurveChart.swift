public import Parts
import Runs

/// A chart of one or more curves of one or more runs: runs whose configurations differ only in the seed form one line.
public struct CurveChart: Sendable {
  /// A line of the chart, with a band around it where there is one.
  struct Line: Sendable {
    var title: String
    /// The index of the colour in the palette, one colour per algorithm.
    var color: Int
    /// The index of the shade, one shade per curve; 0 for the colour itself, and larger ones are paler.
    var shade: Int
    /// The points of the line: x, the mean, and the bounds of the band.
    var points: [(x: Double, mean: Double, low: Double, high: Double)]
    var seeds: Int

    /// Whether there is a band anywhere.
    var hasBand: Bool { points.contains { $0.low < $0.high } }
  }

  let title: String
  let xLabel: String
  let yLabel: String
  let lines: [Line]
  /// Whether x counts something of which there are few, so that each point has a mark.
  let countsX: Bool

  init(title: String, xLabel: String, yLabel: String, lines: [Line], countsX: Bool = false) {
    self.title = title
    self.countsX = countsX
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.lines = lines
  }

  /// A curve that is of no run, with what is around it.
  public struct Curve: Sendable {
    /// A place along x, the value there, and the bounds around it.
    public struct Point: Sendable {
      let x, mean, low, high: Double

      /// Creates a point; without bounds there is nothing around the value.
      public init(x: Double, mean: Double, low: Double? = nil, high: Double? = nil) {
        (self.x, self.mean, self.low, self.high) = (x, mean, low ?? mean, high ?? mean)
      }
    }

    let title: String
    let points: [Point]
    /// The number of the curve with which this one is compared, whose colour it has, paler; nil for a colour of its own.
    let comparedWith: Int?

    public init(title: String, points: [Point], comparedWith: Int? = nil) {
      (self.title, self.points, self.comparedWith) = (title, points, comparedWith)
    }
  }

  /// Creates a chart of curves that are of no runs.
  public init(title: String, xLabel: String, yLabel: String, curves: [Curve]) {
    self.init(
      title: title, xLabel: xLabel, yLabel: yLabel,
      lines: curves.enumerated().map { index, curve in
        Line(
          title: curve.title, color: curve.comparedWith ?? index, shade: curve.comparedWith == nil ? 0 : 1,
          points: curve.points.map { ($0.x, $0.mean, $0.low, $0.high) }, seeds: 1)
      })
  }

  /// The largest number of rows that is drawn without smoothing: more would look like an area.
  static let mostRows = 1_000
  /// The largest number of rows of a line that is smoothed.
  private static let smoothedRows = 250

  /// Creates the chart of `curve`, or of the returns or losses before and after adaptation, of `runs`. Curves of more than
  /// 1,000 rows are smoothed, and the label of the horizontal axis says so.
  /// - Parameters:
  ///   - runs: the metrics of the runs.
  ///   - curve: the column to draw; nil for those before and after adaptation.
  ///   - band: what is shown around the mean of several seeds.
  /// - Throws: `UserError` for a curve that a run does not have.
  public init(_ runs: [RunCurves], curve: String?, band: ChartBand = .range) throws(UserError) {
    let window = Self.window(rows: runs.map(\.metrics.rows.count).max() ?? 0)
    try self.init(smoothed: runs.map { $0.smoothed(over: window) }, curve: curve, band: band)
  }

  /// Returns the number of rows that are averaged to one: 1, 2 or 5 times a power of ten.
  private static func window(rows: Int) -> Int {
    guard rows > mostRows else { return 1 }
    var power = 1
    while true {
      if let factor = [1, 2, 5].first(where: { rows <= $0 * power * smoothedRows }) { return factor * power }
      power *= 10
    }
  }

  private init(smoothed runs: [RunCurves], curve: String?, band: ChartBand) throws(UserError) {
    let curves = if let curve { [curve] } else { try RunCurves.defaultCurves(of: runs) }
    for curve in curves { try RunCurves.check(curve: curve, in: runs) }
    let hasSteps = runs.allSatisfy { ($0.metrics.column("environment_steps")?.last ?? 0) > 0 }
    let axis = hasSteps ? "environment_steps" : "iteration"
    let groups = RunGroups(runs.map(\.run)) { JoinedCurves.haveCommonAxis($0.map { runs[$0] }, axis) }

    var lines: [Line] = []
    let counts = Set(groups.groups.map(\.members.count))
    for (color, group) in groups.groups.enumerated() {
      let members = group.members.map { runs[$0] }
      for (shade, curve) in curves.enumerated() {
        var names = [groups.name(of: group)].filter { !$0.isEmpty }
        if curves.count > 1 || names.isEmpty { names.append(Self.shortLabel(of: curve)) }
        // Where all lines have the same number of seeds, the title states it.
        let seeds =
          members.count > 1 && counts.count > 1 ? " (\(members.count) seeds\(Self.endNote(members)))" : ""
        lines.append(
          Line(
            title: names.joined(separator: ", ") + seeds, color: color,
            shade: curves.count > 1 ? curves.count - 1 - shade : 0,
            points: Self.points(of: members, curve: curve, axis: axis, band: band), seeds: members.count))
      }
    }
    guard lines.contains(where: { !$0.points.isEmpty }) else {
      throw UserError(
        "\(runs.map(\.name).joined(separator: ", ")): expected a finite number of \(curves.joined(separator: " or ")) "
          + "to draw, found none", status: .malformedData)
    }
    let (scale, scaleName) = Self.scale(of: lines.flatMap(\.points).map(\.x).max() ?? 0)
    let most = counts.max() ?? 1
    self.init(
      title: groups.title
        + (most == 1
          ? ""
          : ": mean\(band.phrase) "
            + (counts.count == 1
              ? "of \(most) seeds\(groups.groups.map { Self.endNote($0.members.map { runs[$0] }) }.max() ?? "")"
              : "over seeds")),
      xLabel: Self.label(of: axis) + scaleName + Self.windowNote(runs),
      yLabel: curves.count == 1 ? Self.label(of: curves[0]) : Self.measure(of: curves[0]),
      lines: lines.map { line in
        var line = line
        for index in line.points.indices { line.points[index].x /= scale }
        return line
      })
  }

  /// Returns the note that says over how many iterations a point is averaged.
  private static func windowNote(_ runs: [RunCurves]) -> String {
    let windows = Set(runs.map(\.window)).sorted()
    return windows == [1]
      ? "" : "; a point is the mean of \(windows.map(String.init).joined(separator: " or ")) iterations"
  }

  /// Returns the note that not all runs end where the line does; empty where they do.
  private static func endNote(_ runs: [RunCurves]) -> String {
    Set(runs.map(\.metrics.rows.count)).count > 1 ? ", each to its own end" : ""
  }

  /// Returns the mean and the band at each row over the runs that have a number there: each run continues to its own end.
  private static func points(
    of runs: [RunCurves], curve: String, axis: String, band: ChartBand
  ) -> [(x: Double, mean: Double, low: Double, high: Double)] {
    let joined = JoinedCurves(runs)
    return zip(joined.axis(axis), joined.values(of: curve, band: band)).compactMap { x, value in
      guard x.isFinite, let value else { return nil }
      return (x, value.mean, value.bounds?.lowerBound ?? value.mean, value.bounds?.upperBound ?? value.mean)
    }
  }

  /// Returns the divisor of the numbers on an axis, and its name in the label.
  private static func scale(of largest: Double) -> (divisor: Double, name: String) {
    if largest >= 2e6 { return (1e6, " (millions)") }
    return largest >= 2e4 ? (1e3, " (thousands)") : (1, "")
  }

  /// Returns the quantity of an axis whose lines are before and after adaptation.
  static func measure(of curve: String) -> String {
    if curve.hasPrefix("return") { return "mean return of an episode" }
    return curve.hasPrefix("accuracy") ? "mean accuracy on a task's queries" : "mean loss of a task"
  }

  /// Returns a shorter form of `label` for an axis that already names the return, the accuracy or the loss.
  private static func shortLabel(of column: String) -> String {
    let label = label(of: column)
    let measure = ["return ", "accuracy ", "loss "].first(where: label.hasPrefix)
    return String(label.dropFirst(measure?.count ?? 0))
  }

  private static func label(of column: String) -> String {
    switch column {
    case "environment_steps": "environment steps"
    case "iteration": "meta-iteration"
    case "return_before": "return before adaptation"
    case "return_after": "return after adaptation"
    case "accuracy_before": "accuracy before adaptation"
    case "accuracy_after": "accuracy after adaptation"
    case "loss_before": "loss before adaptation"
    case "loss_after": "loss after adaptation"
    case _ where column.hasPrefix("return_after_"):
      "return after adaptation, \(column.dropFirst("return_after_".count).split(separator: "_").joined(separator: " "))"
    default: column.split(separator: "_").joined(separator: " ")
    }
  }
}
