@testable import Evaluation
import Foundation
import Testing

/// The statistics of a comparison, against those of rliable.
@Suite struct ScoreMatrixTests {
  private struct Case: Decodable, Sendable {
    let x: [[Double]]
    let y: [[Double]]
    let iqm: Double, mean: Double, median: Double, gap: Double, improvement: Double
    let iqm_runs: [Double], iqm_tasks: [Double], mean_runs: [Double], mean_tasks: [Double]
    let median_runs: [Double], median_tasks: [Double], gap_runs: [Double], gap_tasks: [Double]
    let improvement_runs: [Double]
    let taus: [Double]
    let profile: [Double]
  }

  private static func cases() throws -> [Case] {
    let decoder = JSONDecoder()
    return try decoder.decode([Case].self, from: Data(RliableCases.json.utf8))
  }

  @Test func statisticsAreThoseOfRliable() throws {
    for stored in try Self.cases() {
      let (own, other) = (ScoreMatrix(stored.x), ScoreMatrix(stored.y))
      #expect(abs(own(.interquartileMean) - stored.iqm) < 1e-6)
      #expect(abs(own(.mean) - stored.mean) < 1e-6)
      #expect(abs(own(.median) - stored.median) < 1e-6)
      #expect(abs(own(.optimalityGap) - stored.gap) < 1e-6)
      #expect(abs(own.probabilityOfImprovement(over: other) - stored.improvement) < 1e-6)
      for (threshold, share) in zip(stored.taus, stored.profile) {
        #expect(abs(own.share(above: threshold) - share) < 1e-6)
      }
    }
  }

  /// Both are percentiles of resamples with random numbers of their own. The 2.5% quantile of 5,000 resamples has a rank
  /// with a standard deviation of 11, between the quantiles of 2.2% and 2.8%; where the distribution is a few steps high,
  /// neighbouring steps may be met, of which there are as many as ties in the scores allow.
  @Test(arguments: [false, true]) func intervalsAreThoseOfRliable(drawsTasks: Bool) throws {
    let bootstrap = StratifiedBootstrap(seed: 1, drawsTasks: drawsTasks)
    for stored in try Self.cases() {
      let own = ScoreMatrix(stored.x)
      let expected: [(ScoreMatrix.Statistic, [Double])] = [
        (.interquartileMean, drawsTasks ? stored.iqm_tasks : stored.iqm_runs),
        (.mean, drawsTasks ? stored.mean_tasks : stored.mean_runs),
        (.median, drawsTasks ? stored.median_tasks : stored.median_runs),
        (.optimalityGap, drawsTasks ? stored.gap_tasks : stored.gap_runs),
      ]
      for (statistic, bounds) in expected {
        let found = bootstrap.interval(of: statistic, of: own)
        let room = 0.06 * (bounds[1] - bounds[0]) + 1e-9
        #expect(abs(found.lowerBound - bounds[0]) <= room, "\(statistic) \(found) \(bounds)")
        #expect(abs(found.upperBound - bounds[1]) <= room, "\(statistic) \(found) \(bounds)")
      }
      let improvement = bootstrap.intervalOfImprovement(of: own, over: ScoreMatrix(stored.y))
      let bounds = stored.improvement_runs
      let room = 0.06 * (bounds[1] - bounds[0]) + 1e-9
      #expect(abs(improvement.lowerBound - bounds[0]) <= room, "\(improvement) \(bounds)")
      #expect(abs(improvement.upperBound - bounds[1]) <= room, "\(improvement) \(bounds)")
    }
  }
}
