import RandomStreams
import TensorCore
import Workers

/// A laboratory of meta-gradient estimators: on tabular processes, whose meta-gradients are known exactly, it measures what
/// the estimators of policies' runs give, against the number of episodes and the horizon.
public struct EstimatorStudy: Sendable {
  /// The name, as the user writes it.
  public static let name = "estimators"
  /// A one-line summary.
  public static let summary = "bias, variance and cosine of meta-gradient estimators where the meta-gradient is known"

  /// What an estimator gives for one number of episodes and one horizon, a mean over the processes.
  public struct Point: Codable, Equatable, Sendable {
    /// The name of the estimator.
    public let estimator: String
    /// The number of episodes before and again after the inner step.
    public let episodes: Int
    /// The number of actions in an episode.
    public let horizon: Int
    /// The norm of the error of the estimates' mean, by the norm of the exact gradient. It includes what chance leaves of the
    /// deviation, `deviation / sqrt(estimates)`.
    public let bias: Double
    /// The root of the mean squared distance of an estimate from the estimates' mean, by the norm of the exact gradient.
    public let deviation: Double
    /// The mean cosine of the angle between an estimate and the exact gradient.
    public let cosine: Double
  }

  /// The points.
  public let points: [Point]
  /// The number of processes, and the number of estimates on each.
  public let processes: Int
  public let estimates: Int

  private static let (states, actions) = (5, 3)
  private static let rate = 2.0
  static let (episodeCounts, horizon) = ([10, 20, 40, 100, 400], 20)
  static let (horizons, episodes) = ([5, 10, 20, 50], 40)

  /// Measures all points.
  /// - Parameters:
  ///   - isQuick: whether to make a tenth of the estimates.
  ///   - workers: the number of threads.
  ///   - report: receives the number of finished points and that of all.
  /// - Returns: nil where `shouldStop` ended the work first.
  public init?(
    isQuick: Bool, workers: Int, shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) throws {
    (processes, estimates) = (4, isQuick ? 20 : 200)
    let sizes =
      Self.episodeCounts.map { ($0, Self.horizon) }
      + Self.horizons.filter { $0 != Self.horizon }.map { (Self.episodes, $0) }
    let jobs = sizes.flatMap { size in MetaGradientEstimator.all.map { (size, $0) } }
    let done = Locked(0)
    let (processes, estimates) = (processes, estimates)
    let found: [Point?] = try WorkerPool(count: workers).map(jobs: jobs.count) { number, _ in
      guard !shouldStop() else { return nil }
      let ((episodes, horizon), estimator) = jobs[number]
      let point = Self.point(
        estimator, episodes: episodes, horizon: horizon, processes: processes, estimates: estimates)
      report(
        done.withLock { count in
          count += 1
          return count
        }, jobs.count)
      return point
    }
    points = found.compactMap { $0 }
    guard points.count == jobs.count else { return nil }
  }

  /// Measures one point. Every estimator meets the same processes, and random numbers of the same addresses.
  static func point(
    _ estimator: MetaGradientEstimator, episodes: Int, horizon: Int, processes: Int, estimates: Int
  ) -> Point {
    var (bias, deviation, cosine) = (0.0, 0.0, 0.0)
    for number in 0..<processes {
      var stream = RandomAddress(seed: 1, purpose: .benchmark, task: number).stream
      let process = TabularProcess(states: states, actions: actions, horizon: horizon, from: &stream)
      let parameters = Tensor<Double>(
        shape: [states, actions], scalars: (0..<states * actions).map { _ in stream.normal() })
      let problem = MetaGradientEstimator.Problem(process: process, rate: rate, episodes: episodes)
      let exact = problem.exact(parameters).scalars
      let found = (0..<estimates).map { index in
        var stream = RandomAddress(
          seed: 1, purpose: .benchmark, iteration: index + 1, adaptationStep: 0, task: number,
          episode: episodes, timeStep: horizon
        ).stream
        return estimator.estimate(problem, at: parameters, from: &stream).scalars
      }
      let mean = exact.indices.map { index in found.reduce(0) { $0 + $1[index] } / Double(estimates) }
      let norm = dot(exact, exact).squareRoot()
      bias += distance(mean, exact) / norm
      deviation +=
        (found.reduce(0) { $0 + distance($1, mean) * distance($1, mean) } / Double(estimates)).squareRoot() / norm
      cosine += found.reduce(0) { $0 + dot($1, exact) / (norm * dot($1, $1).squareRoot()) } / Double(estimates)
    }
    let count = Double(processes)
    return Point(
      estimator: estimator.name, episodes: episodes, horizon: horizon, bias: bias / count, deviation: deviation / count,
      cosine: cosine / count)
  }

  private static func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func distance(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }
}

extension EstimatorStudy {
  /// What a figure's axis shows.
  public enum Axis: String, CaseIterable, Sendable { case episodes, horizon }

  /// The points along an axis, where the other number is the standard one.
  public func points(along axis: Axis) -> [Point] {
    points.filter { axis == .episodes ? $0.horizon == Self.horizon : $0.episodes == Self.episodes }
      .sorted { axis == .episodes ? $0.episodes < $1.episodes : $0.horizon < $1.horizon }
  }

  /// The names of the estimators, in order.
  public var estimators: [String] { MetaGradientEstimator.all.map(\.name) }

  /// A table of the points along an axis as Markdown: bias, deviation and cosine of each estimator.
  public func markdown(along axis: Axis) -> String {
    let all = points(along: axis)
    let numbers = axis == .episodes ? Self.episodeCounts : Self.horizons
    let heads = numbers.map { axis == .episodes ? "\($0) episodes" : "horizon \($0)" }
    var lines = ["| bias / deviation / cosine | " + heads.joined(separator: " | ") + " |"]
    lines.append("|---" + String(repeating: "|---", count: heads.count) + "|")
    for estimator in estimators {
      let cells = all.filter { $0.estimator == estimator }.map { point in
        [point.bias, point.deviation, point.cosine].map(Self.text).joined(separator: " / ")
      }
      lines.append("| \(estimator) | " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  /// A number with two decimals.
  private static func text(_ value: Double) -> String {
    let hundredths = Int((abs(value) * 100).rounded())
    let decimals = "\(hundredths % 100)"
    return "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100)." + (decimals.count < 2 ? "0" : "") + decimals
  }
}
