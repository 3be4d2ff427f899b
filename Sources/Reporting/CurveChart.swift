public import Parts
import Runs

/// A chart of one or more curves of one or more runs: runs whose configurations differ only in the seed form one line.
public struct CurveChart: Sendable {
  /// A line of the chart, with the range over seeds where there are several.
  struct Line: Sendable {
    var title: String
    /// The index of the colour in the palette, one colour per algorithm.
    var color: Int
    /// The index of the shade, one shade per curve; 0 for the colour itself, and larger ones are paler.
    var shade: Int
    /// The points of the line: x and the mean, the lowest and the highest value.
    var points: [(x: Double, mean: Double, low: Double, high: Double)]
    var seeds: Int
  }

  let title: String
  let xLabel: String
  let yLabel: String
  let lines: [Line]

  init(title: String, xLabel: String, yLabel: String, lines: [Line]) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.lines = lines
  }

  /// Creates a chart of lines that are no runs.
  /// - Parameter curves: the title and the points of each line.
  public init(
    title: String, xLabel: String, yLabel: String, curves: [(title: String, points: [(x: Double, y: Double)])]
  ) {
    self.init(
      title: title, xLabel: xLabel, yLabel: yLabel,
      lines: curves.enumerated().map { index, curve in
        Line(
          title: curve.title, color: index, shade: 0, points: curve.points.map { ($0.x, $0.y, $0.y, $0.y) }, seeds: 1)
      })
  }

  /// The largest number of rows that is drawn without smoothing: more would look like an area.
  static let mostRows = 1_000
  /// The largest number of rows of a line that is smoothed.
  private static let smoothedRows = 250

  /// Creates the chart of `curve`, or of the returns or losses before and after adaptation, of `runs`. Curves of more than
  /// 1,000 rows are smoothed, and the label of the horizontal axis says so.
  /// - Throws: `UserError` for a curve that a run does not have.
  public init(_ runs: [RunCurves], curve: String?) throws(UserError) {
    let window = Self.window(rows: runs.map(\.metrics.rows.count).max() ?? 0)
    try self.init(smoothed: runs.map { $0.smoothed(over: window) }, curve: curve)
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

  private init(smoothed runs: [RunCurves], curve: String?) throws(UserError) {
    let curves = if let curve { [curve] } else { try RunCurves.defaultCurves(of: runs) }
    for curve in curves { try RunCurves.check(curve: curve, in: runs) }
    let hasSteps = runs.allSatisfy { ($0.metrics.column("environment_steps")?.last ?? 0) > 0 }
    let axis = hasSteps ? "environment_steps" : "iteration"
    let tasks = runs.map(\.task).withoutRepetitions
    let algorithms = runs.map(\.algorithm).withoutRepetitions

    var lines: [Line] = []
    let groups = Self.groups(of: runs, axis: axis)
    let counts = Set(groups.map(\.runs.count))
    for (color, group) in groups.enumerated() {
      for (shade, curve) in curves.enumerated() {
        var names: [String] = []
        if algorithms.count > 1 || tasks.count > 1 || group.isAlone {
          names.append(group.name(amongTasks: tasks.count))
        }
        if curves.count > 1 || names.isEmpty { names.append(Self.shortLabel(of: curve)) }
        // Where all lines have the same number of seeds, the title states it.
        let seeds = group.runs.count > 1 && counts.count > 1 ? " (\(group.runs.count) seeds\(group.endNote))" : ""
        lines.append(
          Line(
            title: names.joined(separator: ", ") + seeds, color: color,
            shade: curves.count > 1 ? curves.count - 1 - shade : 0,
            points: Self.points(of: group.runs, curve: curve, axis: axis), seeds: group.runs.count))
      }
    }
    guard lines.contains(where: { !$0.points.isEmpty }) else {
      throw UserError(
        "\(runs.map(\.name).joined(separator: ", ")): expected a finite number of \(curves.joined(separator: " or ")) "
          + "to draw, found none", status: .malformedData)
    }
    let (scale, scaleName) = Self.scale(of: lines.flatMap(\.points).map(\.x).max() ?? 0)
    self.lines = lines.map { line in
      var line = line
      for index in line.points.indices { line.points[index].x /= scale }
      return line
    }
    title =
      tasks.joined(separator: ", ") + (algorithms.count == 1 ? ", \(algorithms[0])" : "")
      + (counts.count == 1 && groups[0].runs.count > 1
        ? ": mean and range of \(groups[0].runs.count) seeds\(groups.map(\.endNote).max() ?? "")" : "")
    xLabel = Self.label(of: axis) + scaleName + Self.windowNote(runs)
    yLabel = curves.count == 1 ? Self.label(of: curves[0]) : Self.measure(of: curves[0])
  }

  /// Returns the note that says over how many iterations a point is averaged.
  private static func windowNote(_ runs: [RunCurves]) -> String {
    let windows = Set(runs.map(\.window)).sorted()
    return windows == [1]
      ? "" : "; a point is the mean of \(windows.map(String.init).joined(separator: " or ")) iterations"
  }

  /// The runs that form one line.
  private struct Group {
    var runs: [RunCurves]
    /// The text that distinguishes one of several lines of an algorithm: the keys of the configuration that differ, and the
    /// run where runs of one configuration cannot be averaged, since their axes differ, or two have the same seed and so
    /// are not two samples.
    var distinction: String?

    /// The note that not all runs end where the line does; empty where they do.
    var endNote: String { Set(runs.map(\.metrics.rows.count)).count > 1 ? ", each to its own end" : "" }

    var isAlone: Bool { distinction != nil }

    func name(amongTasks tasks: Int) -> String {
      let name = tasks > 1 ? "\(runs[0].algorithm) on \(runs[0].task)" : runs[0].algorithm
      return distinction.map { "\(name) \($0)" } ?? name
    }
  }

  private static func groups(of runs: [RunCurves], axis: String) -> [Group] {
    let differences = RunDifferences(runs)
    return runs.map { "\($0.task)/\($0.algorithm)" }.withoutRepetitions.flatMap { key in
      let members = runs.filter { "\($0.task)/\($0.algorithm)" == key }
      var experiments: [RunDifferences.Experiment] = []
      for run in members where !experiments.contains(differences.experiment(of: run)) {
        experiments.append(differences.experiment(of: run))
      }
      return experiments.flatMap { experiment in
        let seeds = members.filter { differences.experiment(of: $0) == experiment }
        return groups(ofSeeds: seeds, axis: axis, label: differences.label(of: seeds[0], among: members))
      }
    }
  }

  /// Returns the lines of runs whose configurations differ only in the seed.
  private static func groups(ofSeeds runs: [RunCurves], axis: String, label: String?) -> [Group] {
    let axes = runs.map { $0.metrics.column(axis) ?? [] }
    let longest = axes.max { $0.count < $1.count } ?? []
    // The last mean of a shorter run may be over fewer iterations, and so end before the mean of a longer run.
    let unlike = runs[0].window > 1 ? 1 : 0
    let isCommon = axes.allSatisfy { $0.dropLast(unlike).elementsEqual(longest.prefix(max(0, $0.count - unlike))) }
    let hasOwnSeeds = Set(runs.map(\.seed)).count == runs.count
    if isCommon, hasOwnSeeds { return [Group(runs: runs, distinction: label)] }
    return runs.map { run in
      let own = hasOwnSeeds ? "seed \(run.seed)" : "in \(run.name)"
      return Group(runs: [run], distinction: [label, own].compactMap { $0 }.joined(separator: " "))
    }
  }

  /// Returns the mean and the range at each row over the runs that have a number there: each run continues to its own end.
  private static func points(
    of runs: [RunCurves], curve: String, axis: String
  ) -> [(x: Double, mean: Double, low: Double, high: Double)] {
    let values = runs.map { $0.metrics.column(curve) ?? [] }
    let axes = runs.map { $0.metrics.column(axis) ?? [] }
    let x = axes.max { $0.count < $1.count } ?? []
    return x.indices.compactMap { row in
      let scores = values.filter { row < $0.count }.map { $0[row] }.filter(\.isFinite)
      guard x[row].isFinite, let low = scores.min(), let high = scores.max() else { return nil }
      return (x[row], scores.reduce(0, +) / Double(scores.count), low, high)
    }
  }

  /// Returns the divisor of the numbers on an axis, and its name in the label.
  private static func scale(of largest: Double) -> (divisor: Double, name: String) {
    if largest >= 2e6 { return (1e6, " (millions)") }
    return largest >= 2e4 ? (1e3, " (thousands)") : (1, "")
  }

  /// Returns the quantity of an axis whose lines are before and after adaptation.
  private static func measure(of curve: String) -> String {
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
