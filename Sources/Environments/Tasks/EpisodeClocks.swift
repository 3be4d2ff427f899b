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

  /// Counts a step of a row.
  /// - Returns: `truncated` where it is the last one of the horizon.
  mutating func advance(row: Int) -> EpisodeEnd {
    precondition(times[row] < horizon, "a step of row \(row) after step \(horizon), the last one, without a reset")
    times[row] += 1
    return times[row] == horizon ? .truncated : []
  }
}
