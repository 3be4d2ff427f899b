import RandomStreams

/// Percentile intervals of the mean score of several runs on the same tasks, with the seeds of the runs as the upper level.
///
/// A resample draws runs with replacement, then tasks with replacement, as many of each group as it has; its statistic is
/// the mean over all pairs of a drawn run and a drawn task. All runs adapt to the same tasks, so that one draw of tasks
/// serves all runs of a resample: a task that is hard for one run is hard for all, and drawing tasks anew for every run
/// would average that away (Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 2007).
struct HierarchicalBootstrap {
  /// The number of times that each run and each task was drawn, in each resample.
  private let resamples: [(runs: [Double], tasks: [Double])]

  /// The number of resamples: 50 of them lie below the 2.5% quantile.
  static let count = 2_000
  /// The fraction of resamples on either side of the interval.
  private static let tail = 0.025

  /// Draws the resamples once, for the scores after any number of steps.
  /// - Parameters:
  ///   - runs: the number of runs.
  ///   - groups: the group of each task.
  init(runs: Int, groups: [String?], seed: Int, count: Int = Self.count) {
    // The groups are in the order of the tasks, so that the draws are the same in every process.
    var members: [[Int]] = []
    var places: [String?: Int] = [:]
    for (task, group) in groups.enumerated() {
      let place = places[group] ?? members.count
      if place == members.count {
        places[group] = place
        members.append([])
      }
      members[place].append(task)
    }
    resamples = (0..<count).map { index in
      var stream = RandomAddress(seed: UInt64(seed), purpose: .bootstrap, iteration: index).stream
      var drawnRuns = Array(repeating: 0.0, count: runs)
      for _ in 0..<runs { drawnRuns[stream.index(below: runs)] += 1 }
      var drawnTasks = Array(repeating: 0.0, count: groups.count)
      for group in members {
        for _ in group { drawnTasks[group[stream.index(below: group.count)]] += 1 }
      }
      return (drawnRuns, drawnTasks)
    }
  }

  /// Returns the 95% interval of the mean.
  /// - Parameter scores: the scores of each run, by task.
  func interval(of scores: [[Double]]) -> ClosedRange<Double> {
    let pairs = Double(scores.count * scores[0].count)
    let means = resamples.map { resample in
      var sum = 0.0
      for (run, times) in resample.runs.enumerated() where times > 0 {
        var runSum = 0.0
        for (task, weight) in resample.tasks.enumerated() { runSum += weight * scores[run][task] }
        sum += times * runSum
      }
      return sum / pairs
    }.sorted()
    let outside = Int((Self.tail * Double(means.count)).rounded(.down))
    return means[outside]...means[means.count - 1 - outside]
  }
}
