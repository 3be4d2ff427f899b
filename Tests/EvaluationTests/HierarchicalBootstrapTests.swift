@testable import Evaluation
import Testing

@Suite struct HierarchicalBootstrapTests {
  private func interval(_ scores: [[Double]], groups: [String?]? = nil, seed: Int = 1) -> ClosedRange<Double> {
    let groups = groups ?? Array(repeating: nil, count: scores[0].count)
    return HierarchicalBootstrap(runs: scores.count, groups: groups, seed: seed).interval(of: scores)
  }

  /// Tasks alike, two runs of 0 and 1: a resample's mean is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4, so that the 2.5%
  /// and 97.5% quantiles are 0 and 1, although there are many tasks.
  @Test func seedsThatDifferWidenTheIntervalWhateverTheNumberOfTasks() {
    let tasks = 200
    let result = interval([Array(repeating: 0, count: tasks), Array(repeating: 1, count: tasks)])
    #expect(result == 0...1)
  }

  /// Runs alike: only tasks vary, and the interval is that of the mean of 100 values with a standard deviation of
  /// 28.9 (0 to 99): 1.96 x 2.89 = 5.66 on either side of 49.5. With 2,000 resamples a 2.5% quantile has a standard error
  /// of about 2.89 x sqrt(0.025 x 0.975 / 2000) / 0.058 = 0.17; four of those are allowed.
  @Test func runsAlikeLeaveTheIntervalOverTasks() {
    let scores = (0..<100).map(Double.init)
    let result = interval([scores, scores, scores])
    #expect(abs(result.lowerBound - (49.5 - 5.66)) < 0.7)
    #expect(abs(result.upperBound - (49.5 + 5.66)) < 0.7)
  }

  /// Forward tasks all score 1 and backward ones 0: each resample has as many of either as there are.
  @Test func groupsAreDrawnByThemselves() {
    let groups: [String?] = ["forward", "backward", "forward", "backward"]
    #expect(interval([[1, 0, 1, 0], [1, 0, 1, 0]], groups: groups) == 0.5...0.5)
  }

  @Test func intervalFollowsFromTheSeed() {
    let scores = [(0..<30).map { Double($0 * $0) }, (0..<30).map { Double(7 * $0) }]
    #expect(interval(scores) == interval(scores))
    #expect(interval(scores) != interval(scores, seed: 2))
  }
}
