import RandomStreams

/// The scores of the runs of one algorithm: a row for each run and a column for each task, of which larger is better.
///
/// The statistics and their intervals are those of Agarwal et al., "Deep reinforcement learning at the edge of the
/// statistical precipice" (NeurIPS 2021), as their library rliable computes them.
public struct ScoreMatrix: Equatable, Sendable {
  /// The scores of each run, by task.
  public let scores: [[Double]]

  /// Creates a matrix; every run has a score of every task.
  public init(_ scores: [[Double]]) {
    precondition(
      !scores.isEmpty && !scores[0].isEmpty && scores.allSatisfy { $0.count == scores[0].count },
      "a matrix of scores needs as many tasks in each run")
    self.scores = scores
  }

  var runs: Int { scores.count }
  var tasks: Int { scores[0].count }

  /// A statistic of a matrix.
  public enum Statistic: Sendable {
    /// The mean of the middle half of all scores: a quarter is left out at either end.
    case interquartileMean
    /// The mean of the tasks' means.
    case mean
    /// The median of the tasks' means over the runs.
    case median
    /// How far scores fall short of 1, on average: scores above count as 1.
    case optimalityGap
  }

  /// The value of a statistic.
  public func callAsFunction(_ statistic: Statistic) -> Double {
    switch statistic {
    case .interquartileMean:
      let sorted = scores.flatMap { $0 }.sorted()
      let cut = sorted.count / 4
      return Self.mean(sorted[cut..<sorted.count - cut])
    case .mean: return Self.mean(taskMeans[...])
    case .median:
      let means = taskMeans.sorted()
      return (means[(means.count - 1) / 2] + means[means.count / 2]) / 2
    case .optimalityGap: return 1 - Self.mean(scores.flatMap { $0.map { min($0, 1) } }[...])
    }
  }

  private static func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  private var taskMeans: [Double] {
    (0..<tasks).map { task in scores.reduce(0) { $0 + $1[task] } / Double(runs) }
  }

  /// The share of all scores that are above a threshold: a point of a performance profile.
  public func share(above threshold: Double) -> Double {
    let all = scores.joined()
    return Double(all.count { $0 > threshold }) / Double(all.count)
  }

  /// The probability that a run of this matrix is better at a task than a run of another one, the mean over the tasks; of
  /// equal scores, one half.
  public func probabilityOfImprovement(over other: ScoreMatrix) -> Double {
    precondition(other.tasks == tasks, "algorithms are compared on the same tasks")
    var sum = 0.0
    for task in 0..<tasks {
      for own in scores {
        for others in other.scores { sum += own[task] > others[task] ? 1 : own[task] == others[task] ? 0.5 : 0 }
      }
    }
    return sum / Double(tasks * runs * other.runs)
  }
}

/// The stratified bootstrap of Agarwal et al. (2021): each resample draws, for each task by itself, as many runs as there
/// are, with replacement. Where tasks are drawn from a distribution, it draws the tasks, too.
struct StratifiedBootstrap {
  /// The number of resamples.
  static let count = 5_000
  /// The share of resamples on either side of an interval.
  private static let tail = 0.025

  /// The seed of the random numbers.
  let seed: Int
  /// Whether the tasks are a sample, too.
  let drawsTasks: Bool

  /// The 95% percentile interval of a statistic.
  func interval(of statistic: ScoreMatrix.Statistic, of matrix: ScoreMatrix) -> ClosedRange<Double> {
    interval { index in resample(matrix, index, number: 0)(statistic) }
  }

  /// The 95% percentile interval of the probability of improvement, for which the runs of both are drawn by themselves, and
  /// the tasks are fixed.
  func intervalOfImprovement(of matrix: ScoreMatrix, over other: ScoreMatrix) -> ClosedRange<Double> {
    let fixed = StratifiedBootstrap(seed: seed, drawsTasks: false)
    return interval { index in
      fixed.resample(matrix, index, number: 0)
        .probabilityOfImprovement(over: fixed.resample(other, index, number: 1))
    }
  }

  private func interval(_ value: (Int) -> Double) -> ClosedRange<Double> {
    let values = (0..<Self.count).map(value).sorted()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(values.count - 1)
      let below = Int(place.rounded(.down))
      let above = min(below + 1, values.count - 1)
      return values[below] + (place - Double(below)) * (values[above] - values[below])
    }
    return quantile(Self.tail)...quantile(1 - Self.tail)
  }

  /// - Parameter number: the number of the matrix among those of one statistic.
  private func resample(_ matrix: ScoreMatrix, _ index: Int, number: Int) -> ScoreMatrix {
    var stream = RandomAddress(seed: UInt64(seed), purpose: .bootstrap, iteration: index, task: number).stream
    let tasks = (0..<matrix.tasks).map { drawsTasks ? stream.index(below: matrix.tasks) : $0 }
    return ScoreMatrix((0..<matrix.runs).map { _ in tasks.map { matrix.scores[stream.index(below: matrix.runs)][$0] } })
  }
}
