import RandomStreams
import RealModule
import TensorCore

/// A Markov decision process of a few states and actions with a policy of a number for each pair of them, whose expected
/// return is a finite sum, and so are its derivatives of every order.
struct TabularProcess: Sendable {
  let states: Int
  let actions: Int
  let horizon: Int
  /// The probability of the next state, `[states x actions, states]`.
  private let transitions: Tensor<Double>
  /// The reward of each action in each state, `[states, actions]`.
  private let rewards: Tensor<Double>

  /// Draws a process: transitions from Dirichlet's distribution with parameter 1, rewards normally distributed around 0,
  /// as the tabular tasks of Duan et al., "RL2" (2016) but for the mean. Episodes start in state 0.
  init(states: Int, actions: Int, horizon: Int, from stream: inout RandomStream) {
    (self.states, self.actions, self.horizon) = (states, actions, horizon)
    var rows: [Double] = []
    for _ in 0..<states * actions {
      let draws = (0..<states).map { _ in -Double.log(1 - stream.uniform()) }
      let sum = draws.reduce(0, +)
      rows += draws.map { $0 / sum }
    }
    transitions = Tensor(shape: [states * actions, states], scalars: rows)
    rewards = Tensor(shape: [states, actions], scalars: (0..<states * actions).map { _ in stream.normal() })
  }

  /// The same process with episodes of another length.
  func of(horizon: Int) -> TabularProcess { TabularProcess(self, horizon: horizon) }

  private init(_ other: TabularProcess, horizon: Int) {
    (states, actions, self.horizon) = (other.states, other.actions, horizon)
    (transitions, rewards) = (other.transitions, other.rewards)
  }

  /// The logarithms of the policy's probabilities `[states, actions]`, of which `parameters` are the logits.
  func logPolicy(_ parameters: Tensor<Double>) -> Tensor<Double> {
    parameters - parameters.logSumExp(axis: -1, keepingAxes: true)
  }

  /// The expected return per time step, a differentiable function of the logits.
  func value(_ parameters: Tensor<Double>) -> Tensor<Double> {
    let policy = exp(logPolicy(parameters))
    var occupied = Tensor<Double>(shape: [states, 1], scalars: [1] + Array(repeating: 0, count: states - 1))
    var sum = Tensor<Double>(0)
    for _ in 0..<horizon {
      let pairs = occupied * policy
      sum = sum + (pairs * rewards).sum()
      occupied = matmul(pairs.reshaped(to: [1, states * actions]), transitions).reshaped(to: [states, 1])
    }
    return sum / Tensor(Double(horizon))
  }

  /// The expected return from each state on at each time step, `[horizon + 1][states]`.
  func stateValues(_ parameters: Tensor<Double>) -> [[Double]] {
    let (policy, rewards) = (exp(logPolicy(parameters)).scalars, rewards.scalars)
    let next = transitions.scalars
    var values = [Array(repeating: 0.0, count: states)]
    for _ in 0..<horizon {
      let later = values[0]
      let now = (0..<states).map { state in
        (0..<actions).reduce(0.0) { sum, action in
          let pair = state * actions + action
          let future = (0..<states).reduce(0.0) { $0 + next[pair * states + $1] * later[$1] }
          return sum + policy[pair] * (rewards[pair] + future)
        }
      }
      values.insert(now, at: 0)
    }
    return values
  }

  /// Episodes under a policy.
  struct Episodes {
    /// The pairs of states and actions, one of `horizon x episodes` in each row: 1 where it occurred.
    let pairs: Tensor<Double>
    /// The advantage of each action, the return from it on less the value of its state, `[horizon, episodes]`.
    let advantages: Tensor<Double>
    /// The return of each episode, per time step.
    let returns: [Double]
  }

  /// Samples episodes.
  func episodes(_ count: Int, _ parameters: Tensor<Double>, from stream: inout RandomStream) -> Episodes {
    func draw(_ shares: ArraySlice<Double>) -> Int {
      var rest = stream.uniform()
      for (index, share) in shares.enumerated() {
        rest -= share
        if rest < 0 { return index }
      }
      return shares.count - 1
    }
    let (policy, next, rewards) = (exp(logPolicy(parameters)).scalars, transitions.scalars, rewards.scalars)
    let values = stateValues(parameters)
    var pairs = Array(repeating: 0.0, count: horizon * count * states * actions)
    var advantages = Array(repeating: 0.0, count: horizon * count)
    var returns = Array(repeating: 0.0, count: count)
    for episode in 0..<count {
      var state = 0
      var way: [(state: Int, reward: Double)] = []
      for time in 0..<horizon {
        let pair = state * actions + draw(policy[state * actions..<(state + 1) * actions])
        pairs[(time * count + episode) * states * actions + pair] = 1
        way.append((state, rewards[pair]))
        state = draw(next[pair * states..<(pair + 1) * states])
      }
      var sum = 0.0
      for time in (0..<horizon).reversed() {
        sum += way[time].reward
        advantages[time * count + episode] = sum - values[time][way[time].state]
      }
      returns[episode] = sum / Double(horizon)
    }
    return Episodes(
      pairs: Tensor(shape: [horizon * count, states * actions], scalars: pairs),
      advantages: Tensor(shape: [horizon, count], scalars: advantages), returns: returns)
  }

  /// The log-probabilities `[horizon, episodes]` of the actions of episodes at other logits.
  func logProbabilities(_ parameters: Tensor<Double>, of episodes: Episodes) -> Tensor<Double> {
    matmul(episodes.pairs, logPolicy(parameters).reshaped(to: [states * actions, 1]))
      .reshaped(to: episodes.advantages.shape)
  }
}
