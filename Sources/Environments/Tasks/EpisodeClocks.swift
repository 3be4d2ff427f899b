/// The number of steps that each row of an environment has made in its episode.
struct EpisodeClocks {
  private let horizon: Int
  private var times: [Int]

  /// Creates the clocks of `count` rows, none of which may make a step before it is restarted.
  init(count: Int, horizon: Int) {
    self.horizon = horizon
    times = Array(repeating: horizon, count: count)
  }

  /// Starts an episode in every row.
  mutating func restart() { for row in times.indices { times[row] = 0 } }

  /// Starts an episode in a row.
  mutating func restart(row: Int) { times[row] = 0 }

  /// Counts a step of every row, and writes whether it was the last one of the horizon, `truncated`, or none, `[]`.
  mutating func advance(_ ends: inout MutableSpan<EpisodeEnd>) {
    precondition(ends.count == times.count, "a buffer of \(ends.count) ends of \(times.count) rows")
    for row in times.indices {
      precondition(times[row] < horizon, "a step of row \(row) after step \(horizon), the last one, without a reset")
      times[row] += 1
      ends[row] = times[row] == horizon ? .truncated : []
    }
  }
}
