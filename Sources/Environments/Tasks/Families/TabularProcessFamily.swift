public import Parts
import RandomStreams

/// The family `tabular-mdp`: decision processes of a few states and actions. Tasks differ in the probabilities of the next
/// states and in the means of the rewards.
///
/// Source: Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, "RL^2: fast reinforcement learning via slow reinforcement
/// learning" (2016), section 3.2, after Osband, Russo, Van Roy, "(More) efficient reinforcement learning via posterior
/// sampling" (2013).
public struct TabularProcessFamily: EnvironmentFamily {
  public let card = Card(
    "tabular-mdp", "decision processes of 10 states and 5 actions, with random transitions and rewards",
    source: "Duan, Schulman, Chen, Bartlett, Sutskever, Abbeel, RL^2 (2016), section 3.2")
  /// The number of states.
  public var states = 10
  /// The number of actions of a state.
  public var choices = 5
  /// The number of steps of an episode.
  public var horizon = 10

  public static let settings: [Setting<Self>] = [
    Setting("states", \.states, in: 1...100, "of a process, the first of which every episode starts in")
      .measured(in: "states"),
    Setting("choices", \.choices, in: 2...100, "actions of a state").measured(in: "actions"),
    Setting("horizon", \.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
  ]

  /// One-hot states make a step of a rate move a state's choices by a tenth of it: at the rate 5, 30 iterations reach 14.3,
  /// and at 20, 15.6.
  public let defaults: [String: SettingText] = [
    "discount": 1, "episodes": 40, "hidden_sizes": [32], "inner_rate": 20, "outer_step": "trpo", "iterations": 100,
  ]

  /// Creates the family with its default settings.
  public init() {}

  public var hasChoices: Bool { true }
  public var evaluationTasks: Int { 100 }

  public var tasks: EnvironmentTasks {
    EnvironmentTasks { [states, choices] in
      EnvironmentTask(
        name: "process", parameters: TabularTask.random(states: states, choices: choices, from: &$0).parameters)
    }
  }

  public func fault(ofParameters parameters: [Double]) -> String? {
    let (rows, all) = (states * choices, states * choices * (states + 1))
    guard parameters.count == all else {
      return "expected \(all) parameters, the next states' probabilities and the means, found \(parameters.count)"
    }
    for row in 0..<rows {
      let probabilities = parameters[row * states..<(row + 1) * states]
      guard probabilities.allSatisfy({ $0 >= 0 }), abs(probabilities.reduce(0, +) - 1) < 1e-6 else {
        return "expected probabilities that add up to 1, found \(Array(probabilities))"
      }
    }
    return parameters.suffix(rows).first { !(abs($0) <= 1_000_000) }.map { "expected a mean reward, found \($0)" }
  }

  public func environments() throws(UserError) -> EnvironmentMaker {
    EnvironmentMaker { [specification] in TabularEnvironment(specification, count: $0) }
  }

  private var specification: EnvironmentSpecification {
    EnvironmentSpecification(
      name: card.name,
      observations: (0..<states).map { EnvironmentSpecification.Observation(name: "in state \($0)", unit: "1") },
      choices: (0..<choices).map { "action \($0)" }, rewardParts: ["reward"], horizon: horizon)
  }

  public var conventions: [TaskConvention] {
    [
      TaskConvention(
        "rl2", source: card.source,
        TaskConvention.consequences(
          of: specification, start: "state 0", reward: "N(m, 1), with a mean m of the state and the action",
          end: "none",
          distribution: "next states from Dirichlet(1, ..., 1), m from N(1, 1)", training: tasks, test: testTasks,
          beyond: nil))
    ]
  }
}

/// A decision process as the parameters of a task.
struct TabularTask {
  let states: Int
  let choices: Int
  /// The probabilities of the next states, `[states, choices, states]`.
  var transitions: [Double]
  /// The means of the rewards, `[states, choices]`.
  var means: [Double]

  init(states: Int, choices: Int, transitions: [Double], means: [Double]) {
    precondition(
      transitions.count == states * choices * states && means.count == states * choices,
      "\(transitions.count) probabilities and \(means.count) means of \(states) states and \(choices) actions")
    (self.states, self.choices, self.transitions, self.means) = (states, choices, transitions, means)
  }

  /// Reads the parameters of a task.
  init(_ task: EnvironmentTask, states: Int, choices: Int) {
    let split = states * choices * states
    self.init(
      states: states, choices: choices, transitions: Array(task.parameters.prefix(split)),
      means: Array(task.parameters.dropFirst(split)))
  }

  /// Draws a process from the family's prior.
  static func random(states: Int, choices: Int, from stream: inout RandomStream) -> TabularTask {
    let concentrations = [Double](repeating: 1, count: states)
    var transitions: [Double] = []
    for _ in 0..<states * choices { transitions += stream.dirichlet(concentrations) }
    let means = (0..<states * choices).map { _ in 1 + stream.normal() }
    return TabularTask(states: states, choices: choices, transitions: transitions, means: means)
  }

  /// The numbers of a task: the transitions, then the means.
  var parameters: [Double] { transitions + means }

  /// Draws the next state after an action.
  func next(after state: Int, _ choice: Int, from stream: inout RandomStream) -> Int {
    let start = (state * choices + choice) * states
    var rest = stream.uniform()
    for next in 0..<states - 1 {
      rest -= transitions[start + next]
      if rest < 0 { return next }
    }
    return states - 1
  }

  /// Draws the reward of an action.
  func reward(of state: Int, _ choice: Int, from stream: inout RandomStream) -> Double {
    means[state * choices + choice] + stream.normal()
  }
}

/// Decision processes whose states are observed one-hot. Episodes never terminate.
final class TabularEnvironment: RowTaskEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  /// The process of each row; empty before the first reset.
  private(set) var processes: [TabularTask] = []
  /// The state of each row.
  private(set) var states: [Int]
  private var streams: [RandomStream] = []
  private var clocks: EpisodeClocks
  private var lastRewards: [Float]

  init(_ specification: EnvironmentSpecification, count: Int) {
    (self.specification, self.count) = (specification, count)
    states = Array(repeating: 0, count: count)
    lastRewards = Array(repeating: 0, count: count)
    clocks = EpisodeClocks(count: count, horizon: specification.horizon)
  }

  func reset(tasks: [EnvironmentTask], at address: RandomAddress, observations: inout MutableSpan<Float>) {
    precondition(address.purpose == .environmentReset, "a reset from random numbers for \(address.purpose)")
    precondition(tasks.count == count, "\(tasks.count) tasks of \(count) rows")
    processes.removeAll(keepingCapacity: true)
    for (row, task) in tasks.enumerated() {
      // Rows of one task share its process.
      let isKnown = row > 0 && task == tasks[row - 1]
      processes.append(
        isKnown
          ? processes[row - 1]
          : TabularTask(task, states: specification.observations.count, choices: specification.choiceCount))
    }
    streams = address.streams(ofRows: count)
    clocks.restart()
    for row in 0..<count { states[row] = 0 }
    observe(into: &observations)
  }

  func restart(rows: [Int], at addresses: [RandomAddress], observations: inout MutableSpan<Float>) {
    for (row, address) in zip(rows, addresses) {
      (streams[row], states[row]) = (address.stream, 0)
      clocks.restart(row: row)
    }
    observe(into: &observations)
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    precondition(processes.count == count, "a step without a reset")
    clocks.advance(&ends)
    for row in 0..<count {
      let process = processes[row]
      let choice = specification.choice(actions[row])
      let reward = process.reward(of: states[row], choice, from: &streams[row])
      (rewards[row], lastRewards[row]) = (Float(reward), Float(reward))
      states[row] = process.next(after: states[row], choice, from: &streams[row])
    }
    observe(into: &observations)
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count { parts[row] = lastRewards[row] }
  }

  private func observe(into observations: inout MutableSpan<Float>) {
    let width = specification.observations.count
    for row in 0..<count {
      for state in 0..<width { observations[row * width + state] = state == states[row] ? 1 : 0 }
    }
  }
}
