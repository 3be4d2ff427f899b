import RandomStreams

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

// Players of a bandit that know nothing of other bandits, and one that knows its own.
extension BanditFamily {
  /// The factor of UCB1's bonus. With the 1 of its proof it explores for too long at these horizons: 10 arms give 61 in 100
  /// pulls, and 82 with 0.1.
  private static let optimism = 0.1

  public var references: [EnvironmentReference] {
    [
      reference("uniform", "every arm with the same probability") { arms, _, stream in
        stream.index(below: arms.pulls.count)
      },
      reference(
        "ucb1",
        "UCB1 that meets the task for the first time: the arm of the largest posterior mean + "
          + "\(Self.optimism) sqrt(2 log t / pulls)"
      ) { arms, time, _ in
        arms.first { arm in
          // An arm that was never pulled comes first.
          arms.pulls[arm] == 0
            ? .infinity
            : arms.posteriorMean(arm) + Self.optimism * (2 * log(Double(time)) / arms.pulls[arm]).squareRoot()
        }
      },
      reference("thompson", "Thompson sampling from the true prior, that meets the task for the first time") {
        arms, _, stream in
        var draws: [Double] = []
        for arm in arms.pulls.indices { draws.append(arms.posteriorDraw(arm, from: &stream)) }
        return arms.first { draws[$0] }
      },
      EnvironmentReference(EnvironmentReference.oracle, "the best arm in every pull") { [horizon] task, _ in
        Double(horizon) * (task.parameters.max() ?? 0)
      },
    ]
  }

  /// A player that sees the rewards of an episode's pulls.
  /// - Parameter choose: chooses the arm of a pull, the first of which has the number 1.
  private func reference(
    _ name: String, _ definition: String,
    choose: @escaping @Sendable (PulledArms, _ time: Int, inout RandomStream) -> Int
  ) -> EnvironmentReference {
    EnvironmentReference(name, definition) { [horizon, rewards] task, stream in
      var arms = PulledArms(count: task.parameters.count, rewards: rewards)
      var total = 0.0
      for time in 1...horizon {
        let arm = choose(arms, time, &stream)
        let reward = rewards.draw(mean: task.parameters[arm], from: &stream)
        arms.pulls[arm] += 1
        arms.sums[arm] += reward
        total += reward
      }
      return total
    }
  }
}

/// What a player has seen of a bandit's arms.
private struct PulledArms {
  /// The number of pulls of each arm.
  var pulls: [Double]
  /// The sum of the rewards of each arm.
  var sums: [Double]
  let rewards: BanditFamily.Rewards

  init(count: Int, rewards: BanditFamily.Rewards) {
    pulls = Array(repeating: 0, count: count)
    (sums, self.rewards) = (pulls, rewards)
  }

  /// The first arm of the largest value.
  func first(byLargest value: (Int) -> Double) -> Int {
    var best = (arm: 0, value: -Double.infinity)
    for arm in pulls.indices {
      let own = value(arm)
      if own > best.value { best = (arm, own) }
    }
    return best.arm
  }

  /// The mean of an arm's posterior: Beta(1 + s, 1 + n - s) for probabilities, N(s / (n + 1), 1 / (n + 1)) for means.
  func posteriorMean(_ arm: Int) -> Double {
    switch rewards {
    case .bernoulli: (1 + sums[arm]) / (2 + pulls[arm])
    case .gaussian: sums[arm] / (pulls[arm] + 1)
    }
  }

  /// A draw from an arm's posterior.
  func posteriorDraw(_ arm: Int, from stream: inout RandomStream) -> Double {
    switch rewards {
    case .bernoulli: stream.beta(1 + sums[arm], 1 + pulls[arm] - sums[arm])
    case .gaussian: posteriorMean(arm) + stream.normal() / (pulls[arm] + 1).squareRoot()
    }
  }
}
