import Environments
import Parts
import RandomStreams

/// A point on a line that is to reach a goal of its task, anywhere in [-1, 1], where its episode ends.
struct PointMass: EnvironmentFamily {
  let card = Card("point-mass", "a point on a line that is to reach a goal", source: "an example")
  let defaults: [String: SettingText] = ["iterations": 100, "inner_rate": 0.5, "hidden_sizes": [16]]
  let endsEpisodes = true
  var (horizon, goalSize) = (20, 0.05)

  static let settings = [
    Setting<Self>("horizon", \.horizon, in: 1...1_000, "actions in an episode"),
    Setting<Self>("goal_size", \.goalSize, in: 0...1, "distance from the goal at which an episode ends"),
  ]

  var tasks: EnvironmentTasks {
    EnvironmentTasks { EnvironmentTask(name: "goal", parameters: [$0.uniform(in: -1...1)]) }
  }

  func environments() throws(UserError) -> EnvironmentMaker { EnvironmentMaker { Points(self, count: $0) } }
}

private final class Points: BatchedEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private let goalSize: Double
  private var (goal, time): (Double, Int) = (0, 0)
  private var positions: [Double]

  init(_ family: PointMass, count: Int) {
    (self.count, goalSize, positions) = (count, family.goalSize, Array(repeating: 0, count: count))
    specification = EnvironmentSpecification(
      name: "point-mass", observations: [.init(name: "position", unit: "m")],
      actions: [.init(name: "velocity", scale: 0.2, unit: "m/step")], rewardParts: ["distance"],
      horizon: family.horizon, secondsPerStep: 1)
  }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    (goal, time) = (task.parameters[0], 0)
    for row in 0..<count { (positions[row], observations[row]) = (0, 0) }
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    time += 1
    for row in 0..<count {
      positions[row] += 0.2 * Double(min(max(actions[row], -1), 1))
      (observations[row], rewards[row]) = (Float(positions[row]), -Float(abs(positions[row] - goal)))
      ends[row] = time == specification.horizon ? .truncated : []
      if abs(positions[row] - goal) < goalSize { ends[row].insert(.terminated) }
    }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count { parts[row] = -Float(abs(positions[row] - goal)) }
  }
}
