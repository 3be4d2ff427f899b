/// An environment of a few states with the same few choices in each, whose mean rewards are known.
public protocol TabulatedEnvironment: BatchedEnvironment {
  /// The names of the states.
  var stateNames: [String] { get }
  /// The mean reward of each choice in each state, of the task of the last reset; of the first row's where rows have tasks of
  /// their own.
  var meanRewards: [[Double]] { get }
  /// The number of the state that a row is in.
  func state(ofRow row: Int) -> Int
}

extension BanditEnvironment: TabulatedEnvironment {
  var stateNames: [String] { ["bandit"] }
  var meanRewards: [[Double]] { Array(means.prefix(1)) }
  func state(ofRow row: Int) -> Int { 0 }
}

extension TabularEnvironment: TabulatedEnvironment {
  var stateNames: [String] { specification.observations.indices.map { "state \($0)" } }

  var meanRewards: [[Double]] {
    guard let process = processes.first else { return [] }
    return (0..<process.states).map { state in
      Array(process.means[state * process.choices..<(state + 1) * process.choices])
    }
  }

  func state(ofRow row: Int) -> Int { states[row] }
}
