import Evaluation

/// What a chart shows around a mean.
public enum ChartBand: String, CaseIterable, Sendable {
  /// From the lowest to the highest value.
  case range
  /// The 95% interval of the mean.
  case interval
  /// One standard error of the mean on either side.
  case standardError = "standard-error"
  /// Nothing.
  case none

  /// The name in a title, after "mean".
  var phrase: String {
    switch self {
    case .range: " and range"
    case .interval: " and 95% interval"
    case .standardError: " and standard error"
    case .none: ""
    }
  }

  /// Returns the bounds around the mean of the values of several seeds; nil where there is no band, as around one value.
  /// The interval is Student's.
  /// - Parameter possible: the values that there can be: no band goes beyond them.
  func bounds(of values: [Double], possible: ClosedRange<Double>) -> ClosedRange<Double>? {
    unboundedBounds(of: values)?.clamped(to: possible)
  }

  private func unboundedBounds(of values: [Double]) -> ClosedRange<Double>? {
    guard values.count > 1, let low = values.min(), let high = values.max() else { return nil }
    let summary = SampleSummary(values)
    switch self {
    case .range: return low...high
    case .interval: return summary.interval
    case .standardError: return summary.standardError.map { summary.mean - $0...summary.mean + $0 }
    case .none: return nil
    }
  }

  /// The same for scores of tasks; nil for nothing.
  var spread: AdaptationScores.Spread? {
    switch self {
    case .range: .range
    case .interval: .interval
    case .standardError: .standardError
    case .none: nil
    }
  }
}
