@testable import Environments
import RandomStreams
import Rollouts

/// A point on a line that moves by its action; the reward is where it stands. An episode terminates beyond `end`.
final class LineEnvironment: BatchedEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private let end: Float
  /// The time step whose reward is not a number, if any.
  private let faultyStep: Int?
  /// Whether rows that go on are left as they are in `ends`.
  private let writesEndsAlone: Bool
  private var positions: [Float]
  private var time = 0

  init(count: Int, horizon: Int, end: Float = .infinity, faultyStep: Int? = nil, writesEndsAlone: Bool = false) {
    self.count = count
    self.end = end
    self.faultyStep = faultyStep
    self.writesEndsAlone = writesEndsAlone
    positions = Array(repeating: 0, count: count)
    specification = EnvironmentSpecification(
      name: "line", observations: [.init(name: "position", joint: "point", unit: "m")],
      actions: [.init(name: "shift", joint: "point", scale: 1, unit: "m")], rewardParts: ["near", "far"],
      horizon: horizon, secondsPerStep: 1)
  }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    time = 0
    for row in 0..<count {
      var address = address
      address.episode += UInt32(row)
      var stream = address.stream
      positions[row] = Float(stream.uniform())
      observations[row] = positions[row]
    }
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    time += 1
    for row in 0..<count {
      positions[row] += actions[row]
      observations[row] = positions[row]
      rewards[row] = time - 1 == faultyStep && row == count - 1 ? .nan : positions[row]
      if !writesEndsAlone || positions[row] > end { ends[row] = positions[row] > end ? .terminated : [] }
      if time == specification.horizon { ends[row].insert(.truncated) }
    }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count {
      parts[2 * row] = 0.25 * positions[row]
      parts[2 * row + 1] = 0.75 * positions[row]
    }
  }

  func state(ofRow row: Int) -> RobotState { preconditionFailure("a point on a line is not a robot") }
}

/// Every action's mean is a function of one number of its episode's observation.
final class SimplePolicy: ActionDistribution {
  private let deviation: Float
  private let observationSize: Int
  private let actionSize: Int
  private let mean: (Float) -> Float

  init(deviation: Float, observationSize: Int = 1, actionSize: Int = 1, mean: @escaping (Float) -> Float) {
    self.deviation = deviation
    self.observationSize = observationSize
    self.actionSize = actionSize
    self.mean = mean
  }

  func writeOutputs(for observations: Span<Float>, into outputs: inout MutableSpan<Float>) {
    for index in 0..<outputs.count { outputs[index] = mean(observations[index / actionSize * observationSize]) }
  }

  func writeStandardDeviations(into deviations: inout MutableSpan<Float>) {
    for index in 0..<deviations.count { deviations[index] = deviation }
  }
}
