import Parts
import Runs

/// The tables of runs that form one line: at each row the mean over the runs that have come so far, and what is around it.
struct JoinedCurves {
  /// A row of one column.
  struct Value {
    var mean: Double
    /// What is around the mean; nil for nothing, as around one value.
    var bounds: ClosedRange<Double>?
  }

  private let runs: [RunCurves]

  /// Joins runs, of which there must be one at least.
  init(_ runs: [RunCurves]) {
    precondition(!runs.isEmpty, "a line without a run")
    self.runs = runs
  }

  /// Returns whether the rows of runs are at the same places of an axis, as far as each goes.
  static func haveCommonAxis(_ runs: [RunCurves], _ axis: String) -> Bool {
    guard let first = runs.first else { return true }
    let axes = runs.map { $0.metrics.column(axis) ?? [] }
    let longest = axes.max { $0.count < $1.count } ?? []
    // The last mean of a shorter run may be over fewer iterations, and so end before the mean of a longer run.
    let unlike = first.window > 1 ? 1 : 0
    return axes.allSatisfy { $0.dropLast(unlike).elementsEqual(longest.prefix(max(0, $0.count - unlike))) }
  }

  /// The names of all columns.
  var columns: [String] { runs.flatMap(\.metrics.columns).withoutRepetitions }

  /// Returns the places of the rows on an axis: those of the run that has come farthest.
  func axis(_ name: String) -> [Double] {
    runs.map { $0.metrics.column(name) ?? [] }.max { $0.count < $1.count } ?? []
  }

  /// Returns the values of a column at each row, over the runs that have a number there; nil where none has.
  func values(of curve: String, band: ChartBand) -> [Value?] {
    let columns = runs.map { $0.metrics.column(curve) ?? [] }
    let possible = RunCurves.possibleValues(of: curve, in: runs)
    return (0..<(columns.map(\.count).max() ?? 0)).map { row in
      let scores = columns.filter { row < $0.count }.map { $0[row] }.filter(\.isFinite)
      guard !scores.isEmpty else { return nil }
      return Value(
        mean: scores.reduce(0, +) / Double(scores.count), bounds: band.bounds(of: scores, possible: possible))
    }
  }
}
