import Foundation
import Parts
public import Reporting
import Runs

extension RecipeResult.Curve {
  /// The largest number of points.
  private static let mostPoints = 60

  /// Takes a column with the axis that the run's charts have; nil where it has no finite number. Many rows become 60 means.
  init?(of column: String, in metrics: MetricsTable) {
    let hasSteps = (metrics.column("environment_steps")?.last ?? 0) > 0
    axis = hasSteps ? "environment_steps" : "iteration"
    guard let places = metrics.column(axis), let values = metrics.column(column) else { return nil }
    let points = zip(places, values).filter { $0.0.isFinite && $0.1.isFinite }
    guard !points.isEmpty else { return nil }
    let size = (points.count + Self.mostPoints - 1) / Self.mostPoints
    let parts = stride(from: 0, to: points.count, by: size).map { points[$0..<min($0 + size, points.count)] }
    x = parts.compactMap { $0.last?.0 }
    y = parts.map { part in Self.rounded(part.reduce(0) { $0 + $1.1 } / Double(part.count)) }
  }

  /// Adds a point.
  mutating func add(_ value: Double, at iteration: Int) {
    x.append(Double(iteration))
    y.append(Self.rounded(value))
  }

  /// The number to five digits, of which a file has few characters.
  private static func rounded(_ value: Double) -> Double { Double(String(format: "%.5g", value)) ?? value }
}

extension RecipeResult {
  /// Returns the figure of a recipe: of each line the mean over its seeds, with the range of its seeds around it; nil where
  /// there is none or no run.
  public func chart(of recipe: Recipe) -> CurveChart? {
    guard let figure = recipe.figure else { return nil }
    let curves = recipe.lines.compactMap { line -> CurveChart.Curve? in
      let own = runs.filter { $0.line == line.label }
      let points =
        switch figure {
        case .learning, .heldOut: Self.learning(own)
        case .columns(let places, _): Self.columns(own, at: places)
        }
      return points.isEmpty ? nil : CurveChart.Curve(title: line.label, points: points)
    }
    guard !curves.isEmpty else { return nil }
    let published = published(recipe, figure, beside: curves)
    let xLabel =
      switch figure {
      case .learning, .heldOut: runs.compactMap(\.curve?.axis).first?.split(separator: "_").joined(separator: " ") ?? ""
      case .columns(_, let label): label
      }
    let yLabel =
      switch figure {
      case .learning(_, let label), .heldOut(_, let label): label
      case .columns: recipe.measure
      }
    return CurveChart(title: recipe.summary, xLabel: xLabel, yLabel: yLabel, curves: curves + published)
  }

  /// Returns the paper's own numbers, where it gives them for a line's columns, each in the colour of ours.
  private func published(
    _ recipe: Recipe, _ figure: Recipe.Figure, beside curves: [CurveChart.Curve]
  ) -> [CurveChart.Curve] {
    guard case .columns(let places, _) = figure else { return [] }
    let lines = recipe.lines.filter { line in runs.contains { $0.line == line.label } }
    return lines.enumerated().compactMap { index, line in
      let points = zip(places, line.published).compactMap { x, y in y.map { CurveChart.Curve.Point(x: x, mean: $0) } }
      return points.count < 2
        ? nil : CurveChart.Curve(title: "\(line.label), published", points: points, comparedWith: index)
    }
  }

  private static func point(_ x: Double, _ values: [Double]) -> CurveChart.Curve.Point? {
    guard !values.isEmpty, let low = values.min(), let high = values.max() else { return nil }
    return CurveChart.Curve.Point(x: x, mean: values.reduce(0, +) / Double(values.count), low: low, high: high)
  }

  private static func learning(_ runs: [Run]) -> [CurveChart.Curve.Point] {
    let curves = runs.compactMap(\.curve)
    let values = curves.map { Dictionary(zip($0.x, $0.y), uniquingKeysWith: { $1 }) }
    return Set(values.flatMap(\.keys)).sorted().compactMap { x in point(x, values.compactMap { $0[x] }) }
  }

  private static func columns(_ runs: [Run], at places: [Double]) -> [CurveChart.Curve.Point] {
    places.enumerated().compactMap { column, x in
      let values = runs.compactMap { column < $0.values.count ? $0.values[column]?.mean : nil }
      return values.count == runs.count ? point(x, values) : nil
    }
  }
}
