import RealModule
import Runs

/// Notices a run that loses what it has learned, and says what else has changed since it was best.
///
/// The returns of single iterations vary, so that windows of ten are compared. A window counts as collapsed where its mean
/// return is below half of the best one's or, where the best is not positive, where more than half of what training gained
/// is lost.
struct CollapseWatch {
  private struct Window {
    var iterations: ClosedRange<Int>
    var mean: Double
    /// The means of the columns of causes.
    var columns: [Double]
  }

  /// The number of iterations of a window.
  private static let width = 10
  /// The factor from which on a column counts as changed.
  private static let factor = 2.0
  /// What a run must have gained before it can lose it, as a multiple of the differences between iterations at its start.
  private static let significance = 5.0
  /// The most causes that a line names.
  private static let mostCauses = 3

  private let column: String
  private let causes: [ProgressColumn.Cause]
  private var recent: [[Double]] = []
  private var best: Window?
  private var newest: Window?
  private var start: (mean: Double, noise: Double)?
  /// Whether a collapse has been found and told.
  private var isTold = false

  init(_ column: ProgressColumn) { (self.column, causes) = (column.name, column.causes) }

  /// Takes the values of an iteration.
  /// - Returns: a line where this iteration is the first of a collapse; nil otherwise.
  mutating func note(iteration: Int, _ value: (String) -> Double?) -> String? {
    guard let own = value(column) else { return nil }
    recent.append([own] + causes.map { value($0.column) ?? .nan })
    if recent.count > Self.width { recent.removeFirst() }
    guard recent.count == Self.width else { return nil }
    let means = recent[0].indices.map { column in recent.reduce(0) { $0 + $1[column] } / Double(Self.width) }
    let window = Window(
      iterations: iteration - Self.width + 1...iteration, mean: means[0], columns: Array(means.dropFirst()))
    newest = window
    if start == nil {
      let steps = zip(recent, recent.dropFirst()).map { abs($1[0] - $0[0]) }
      start = (window.mean, steps.reduce(0, +) / Double(steps.count))
    }
    guard let best, best.mean >= window.mean else {
      best = window
      return nil
    }
    guard isCollapsed, !isTold else { return nil }
    isTold = true
    return description
  }

  /// Whether the newest window is one of a collapse.
  var isCollapsed: Bool {
    guard let start, let best, let newest, best.mean - start.mean > Self.significance * start.noise else {
      return false
    }
    return newest.mean < bound(start.mean, best.mean)
  }

  /// The mean below which a run has collapsed: half of the best, or where that is less than what it started from was below
  /// 0, half of the way back.
  private func bound(_ start: Double, _ best: Double) -> Double { start > -best ? best / 2 : (best + start) / 2 }

  /// A line on the loss; empty before there is a window.
  var description: String {
    guard let best, let newest else { return "" }
    let changes = self.changes(from: best, to: newest)
    let since = changes.isEmpty ? "no diagnostic has changed by a factor of 2" : changes.joined(separator: "; ")
    return
      "iterations \(Self.text(newest.iterations)): mean \(column) \(Self.text(newest.mean)), below half of the best, "
      + "\(Self.text(best.mean)) in iterations \(Self.text(best.iterations)); since then \(since)"
  }

  private func changes(from best: Window, to newest: Window) -> [String] {
    let changes = causes.indices.compactMap { index -> (size: Double, text: String)? in
      let (cause, before, now) = (causes[index], best.columns[index], newest.columns[index])
      guard before.isFinite, now.isFinite, before > 0, now >= 0 else { return nil }
      let size = Double.log(max(now, .leastNormalMagnitude) / before)
      guard abs(size) >= .log(Self.factor), let meaning = size > 0 ? cause.grown : cause.fallen else { return nil }
      return (abs(size), "\(cause.column) \(Self.text(before)) -> \(Self.text(now)) (\(meaning))")
    }
    return changes.sorted { $0.size > $1.size }.prefix(Self.mostCauses).map(\.text)
  }

  private static func text(_ iterations: ClosedRange<Int>) -> String {
    "\(iterations.lowerBound)-\(iterations.upperBound)"
  }

  /// A number with three digits.
  private static func text(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    let scale = Double.pow(10, (2 - Double.log10(abs(value)).rounded(.down)))
    let rounded = (value * scale).rounded() / scale
    return abs(rounded) >= 100 && abs(rounded) < 1e15 ? "\(Int(rounded))" : MetricsTable.line([rounded])
  }
}
