import RandomStreams
import TensorCore
import Workers

extension Study {
  /// A laboratory of meta-gradient estimators: on tabular processes, whose meta-gradients are known exactly, it measures what
  /// the estimators of policies' runs give, against the number of episodes and the horizon.
  static let estimators = Study(
    name: "estimators",
    summary: "bias, variance and cosine of meta-gradient estimators where the meta-gradient is known",
    source: "metarl, after Foerster et al. 2018, Rothfuss et al. 2019, Stadie et al. 2018"
  ) { request in
    try EstimatorStudy(request).map { study in
      StudyResult.Findings(
        preface:
          "meta-gradients of one inner step, means over \(study.processes) processes, each with \(study.estimates) "
          + "estimates; bias, deviation and cosine with the exact meta-gradient",
        tables: EstimatorStudy.Axis.allCases.map(study.table), charts: EstimatorStudy.Axis.allCases.map(study.chart))
    }
  }
}

/// The points of the study of estimators.
struct EstimatorStudy {
  /// What an estimator gives for one number of episodes and one horizon, a mean over the processes.
  struct Point: Equatable, Sendable {
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
  let points: [Point]
  /// The number of processes, and the number of estimates on each.
  let processes: Int
  let estimates: Int

  private static let (states, actions) = (5, 3)
  private static let rate = 2.0
  static let (episodeCounts, horizon) = ([10, 20, 40, 100, 400], 20)
  static let (horizons, episodes) = ([5, 10, 20, 50], 40)

  /// Measures all points.
  /// - Returns: nil where the request ended the work first.
  init?(_ request: Study.Request) throws {
    (processes, estimates) = (4, request.isQuick ? 20 : 200)
    let sizes =
      Self.episodeCounts.map { ($0, Self.horizon) }
      + Self.horizons.filter { $0 != Self.horizon }.map { (Self.episodes, $0) }
    let jobs = sizes.flatMap { size in MetaGradientEstimator.all.map { (size, $0) } }
    let (processes, estimates) = (processes, estimates)
    let found = try request.map(jobs) { job in
      let ((episodes, horizon), estimator) = job
      return Self.point(
        estimator, episodes: episodes, horizon: horizon, processes: processes, estimates: estimates)
    }
    guard let found else { return nil }
    points = found
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
  enum Axis: String, CaseIterable { case episodes, horizon }

  /// The points along an axis, where the other number is the standard one.
  func points(along axis: Axis) -> [Point] {
    points.filter { axis == .episodes ? $0.horizon == Self.horizon : $0.episodes == Self.episodes }
      .sorted { axis == .episodes ? $0.episodes < $1.episodes : $0.horizon < $1.horizon }
  }

  /// The names of the estimators, in order.
  private var names: [String] { MetaGradientEstimator.all.map(\.name) }

  /// The bias, deviation and cosine of each estimator along an axis.
  func table(along axis: Axis) -> StudyResult.Table {
    StudyResult.Table(
      corner: "bias / deviation / cosine",
      columns: (axis == .episodes ? Self.episodeCounts : Self.horizons).map {
        axis == .episodes ? "\($0) episodes" : "horizon \($0)"
      },
      rows: names.map { name in
        StudyResult.Row(
          label: name,
          cells: points(along: axis).filter { $0.estimator == name }.map { [$0.bias, $0.deviation, $0.cosine] })
      })
  }

  /// The cosine of each estimator along an axis.
  func chart(along axis: Axis) -> StudyResult.Chart {
    StudyResult.Chart(
      name: "cosine-against-\(axis.rawValue)", title: "meta-gradient estimators on tabular processes",
      xLabel: axis == .episodes ? "episodes before and after the inner step" : "actions in an episode",
      yLabel: "cosine with the exact meta-gradient",
      curves: names.map { name in
        let own = points(along: axis).filter { $0.estimator == name }
        return StudyResult.Curve(
          title: name, x: own.map { Double(axis == .episodes ? $0.episodes : $0.horizon) }, y: own.map(\.cosine))
      })
  }
}
