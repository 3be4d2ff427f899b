import TensorCore
import Testing

/// A decision process of three steps, two states and two actions with a softmax policy, small enough that every
/// trajectory can be written down.
///
/// Action 1 in state 1 ends the episode when `terminates`.
struct TabularProcess: Sendable, CustomTestStringConvertible {
  static let horizon = 3

  var testDescription: String { "discount \(discount)\(terminates ? ", may terminate" : "")" }

  var discount = 1.0
  var terminates = false
  /// The probability of starting in each state.
  let start = [0.6, 0.4]
  /// [state][action]: the probability that state 1 comes next.
  let transition = [[0.2, 0.7], [0.5, 0.9]]
  /// [state][action].
  let reward = [[1.0, -0.5], [2.0, 0.3]]

  /// The policy's logits [state, action] at which derivatives are taken.
  let logits = Tensor<Double>(shape: [2, 2], scalars: [0.3, -0.4, 0.8, 0.1])

  func ends(_ state: Int, _ action: Int) -> Bool { terminates && state == 1 && action == 1 }

  func nextProbability(_ state: Int, _ action: Int, _ next: Int) -> Double {
    next == 1 ? transition[state][action] : 1 - transition[state][action]
  }

  /// log pi [state, action].
  static func logPolicy(_ logits: Tensor<Double>) -> Tensor<Double> {
    logits - logits.logSumExp(axis: 1, keepingAxes: true)
  }

  /// The exact expected return, by dynamic programming over the states: knows nothing of trajectories or surrogates.
  func expectedReturn(_ logits: Tensor<Double>) -> Tensor<Double> {
    let policy = exp(Self.logPolicy(logits))
    var values: [Tensor<Double>] = [0, 0]
    for _ in 0..<Self.horizon {
      values = [0, 1].map { state in
        [0, 1].map { action in
          let probability = policy.element(state, axis: 0).element(action, axis: 0)
          let future = [0, 1].map { Tensor(nextProbability(state, action, $0)) * values[$0] }.reduce(0, +)
          return probability
            * (Tensor(reward[state][action]) + (ends(state, action) ? 0 : Tensor(discount) * future))
        }.reduce(0, +)
      }
    }
    return Tensor(start[0]) * values[0] + Tensor(start[1]) * values[1]
  }
}

/// A sequence of states and actions with its probability under the policy at `TabularProcess.logits`.
struct Trajectory: Sendable {
  var states: [Int] = []
  var actions: [Int] = []
  var rewards: [Double] = []
  var probability = 1.0
}

extension TabularProcess {
  /// Every trajectory.
  var trajectories: [Trajectory] {
    let policy = exp(Self.logPolicy(logits)).scalars
    return [0, 1].flatMap { state in
      continuations(of: Trajectory(probability: start[state]), from: state, policy: policy)
    }
  }

  private func continuations(of past: Trajectory, from state: Int, policy: [Double]) -> [Trajectory] {
    [0, 1].flatMap { action -> [Trajectory] in
      var taken = past
      taken.states.append(state)
      taken.actions.append(action)
      taken.rewards.append(reward[state][action])
      taken.probability *= policy[2 * state + action]
      if taken.states.count == Self.horizon || ends(state, action) { return [taken] }
      return [0, 1].flatMap { next in
        var moved = taken
        moved.probability *= nextProbability(state, action, next)
        return continuations(of: moved, from: next, policy: policy)
      }
    }
  }
}

/// All trajectories as a batch in which each counts by its probability, so that sums over it are expectations.
struct EnumeratedBatch {
  /// [horizon x trajectories], as rows of the flattened table of logits; padded with row 0.
  let choices: Tensor<Double>
  /// [horizon, trajectories], times the trajectories' probabilities and their number: a mean over episodes is then the
  /// expectation.
  let advantages: Tensor<Double>
  let mask: Tensor<Double>

  /// - Parameter baseline: subtracted from the returns; a function of the time and the state.
  init(_ process: TabularProcess, baseline: (_ time: Int, _ state: Int) -> Double) {
    let trajectories = process.trajectories
    var (choices, advantages, mask): ([Double], [Double], [Double]) = ([], [], [])
    for time in 0..<TabularProcess.horizon {
      for trajectory in trajectories {
        guard time < trajectory.states.count else {
          choices.append(0)
          // Whatever stands in the padding must not count.
          advantages.append(1e3)
          mask.append(0)
          continue
        }
        let (state, action) = (trajectory.states[time], trajectory.actions[time])
        choices.append(Double(2 * state + action))
        // Discounted from the start: this is what makes the expected return the objective.
        let future = trajectory.rewards.enumerated().dropFirst(time).map { later, reward in
          (0..<later).reduce(reward) { value, _ in value * process.discount }
        }
        let advantage = future.reduce(0, +) - baseline(time, state)
        advantages.append(advantage * trajectory.probability * Double(trajectories.count))
        mask.append(1)
      }
    }
    let shape: Shape = [TabularProcess.horizon, trajectories.count]
    self.choices = Tensor(choices)
    self.advantages = Tensor(shape: shape, scalars: advantages)
    self.mask = Tensor(shape: shape, scalars: mask)
  }

  /// log pi [horizon, trajectories] of the actions taken.
  func logProbabilities(_ logits: Tensor<Double>) -> Tensor<Double> {
    gather(TabularProcess.logPolicy(logits).reshaped(to: [4, 1]), rows: choices).reshaped(to: mask.shape)
  }
}
