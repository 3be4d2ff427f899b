import RandomStreams

// Explorers of a decision process that know nothing of other processes, and one that knows its own.
extension TabularProcessFamily {
  /// The number of the first episodes of an explorer whose mean return is reported.
  static let exploredEpisodes = 10
  /// The factor of the exploration bonus, which was chosen for the return of the first episodes.
  private static let bonus = 0.5

  public var references: [EnvironmentReference] {
    let budget = "mean return of its first \(Self.exploredEpisodes) episodes"
    return [
      explorer("uniform", "every action with the same probability") { _, _ in nil },
      explorer("psrl", "posterior sampling from the true prior (Osband, Russo, Van Roy 2013), \(budget)") {
        $0.draw(from: &$1)
      },
      explorer(
        "beb", "the posterior mean with a bonus of \(Self.bonus) / (1 + visits) (Kolter, Ng 2009), \(budget)"
      ) { knowledge, _ in knowledge.mean(bonus: Self.bonus) },
      EnvironmentReference(
        EnvironmentReference.oracle, "the expected return of the optimal policy, by dynamic programming"
      ) { [self] task, _ in
        Plan(TabularTask(task, states: states, choices: choices), horizon: horizon).value
      },
    ]
  }

  /// An explorer that plans at the start of an episode by a process that it believes in.
  /// - Parameter believed: the process of an episode; nil to act at random.
  private func explorer(
    _ name: String, _ definition: String,
    believed: @escaping @Sendable (Knowledge, inout RandomStream) -> TabularTask?
  ) -> EnvironmentReference {
    EnvironmentReference(name, definition) { [self] task, stream in
      let process = TabularTask(task, states: states, choices: choices)
      var knowledge = Knowledge(states: states, choices: choices)
      var total = 0.0
      for _ in 0..<Self.exploredEpisodes {
        let plan = believed(knowledge, &stream).map { Plan($0, horizon: horizon) }
        var state = 0
        for time in 0..<horizon {
          let choice = plan?.choice(in: state, at: time) ?? stream.index(below: choices)
          let reward = process.reward(of: state, choice, from: &stream)
          let next = process.next(after: state, choice, from: &stream)
          knowledge.note(state, choice, reward: reward, next: next)
          total += reward
          state = next
        }
      }
      return total / Double(Self.exploredEpisodes)
    }
  }
}

/// The optimal policy of a process for a number of steps, by dynamic programming from the last one.
struct Plan {
  /// The expected return from state 0.
  private(set) var value = 0.0
  private var chosen: [[Int]] = []

  init(_ process: TabularTask, horizon: Int) {
    var values = [Double](repeating: 0, count: process.states)
    for _ in 0..<horizon {
      var (best, choices) = (values, [Int](repeating: 0, count: process.states))
      for state in 0..<process.states {
        best[state] = -.infinity
        for choice in 0..<process.choices {
          let pair = state * process.choices + choice
          var value = process.means[pair]
          for next in 0..<process.states {
            value += process.transitions[pair * process.states + next] * values[next]
          }
          if value > best[state] { (best[state], choices[state]) = (value, choice) }
        }
      }
      values = best
      chosen.append(choices)
    }
    value = values[0]
    chosen.reverse()
  }

  /// The choice in a state at a time step.
  func choice(in state: Int, at time: Int) -> Int { chosen[time][state] }
}

/// What an explorer has seen of a process: the parameters of its posterior.
private struct Knowledge {
  private let states: Int
  private let choices: Int
  /// The concentrations of the next states, 1 before anything is seen, `[states, choices, states]`.
  private var concentrations: [Double]
  /// The number of rewards of each pair of a state and an action, and their sum.
  private var visits: [Double]
  private var sums: [Double]

  init(states: Int, choices: Int) {
    (self.states, self.choices) = (states, choices)
    concentrations = Array(repeating: 1, count: states * choices * states)
    visits = Array(repeating: 0, count: states * choices)
    sums = visits
  }

  mutating func note(_ state: Int, _ choice: Int, reward: Double, next: Int) {
    let pair = state * choices + choice
    concentrations[pair * states + next] += 1
    visits[pair] += 1
    sums[pair] += reward
  }

  /// The mean of a reward's mean under the posterior N((1 + s) / (1 + n), 1 / (1 + n)).
  private func meanReward(_ pair: Int) -> Double { (1 + sums[pair]) / (1 + visits[pair]) }

  /// A process from the posterior.
  func draw(from stream: inout RandomStream) -> TabularTask {
    var (transitions, means): ([Double], [Double]) = ([], [])
    for pair in visits.indices {
      transitions += stream.dirichlet(Array(concentrations[pair * states..<(pair + 1) * states]))
      means.append(meanReward(pair) + stream.normal() / (1 + visits[pair]).squareRoot())
    }
    return TabularTask(states: states, choices: choices, transitions: transitions, means: means)
  }

  /// The mean of the posterior, with rewards that a bonus raises where little has been seen.
  func mean(bonus: Double) -> TabularTask {
    let transitions = concentrations.indices.map { index in
      let pair = index / states
      return concentrations[index] / (Double(states) + visits[pair])
    }
    let means = visits.indices.map { meanReward($0) + bonus / (1 + visits[$0]) }
    return TabularTask(states: states, choices: choices, transitions: transitions, means: means)
  }
}
