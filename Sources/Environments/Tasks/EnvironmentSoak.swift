import RandomStreams

/// A soak test: random actions on an environment, with statistics that show whether a robot leaves its physical range.
public struct EnvironmentSoak: Sendable {
  /// The number of environment steps so far, of all rows together.
  public private(set) var steps = 0
  /// The number of observations that were not finite.
  public private(set) var failures = 0
  /// The lowest position of a root, in metres from its reference height.
  public private(set) var lowest = Double.infinity
  /// The highest position of a root, in metres from its reference height.
  public private(set) var highest = -Double.infinity
  /// The greatest absolute velocity of any coordinate, in metres or radians a second.
  public private(set) var greatestVelocity = 0.0
  /// A checksum that is equal for two runs of one seed, whatever else the machine did.
  public private(set) var checksum: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Runs whole episodes, each row with uniformly random actions, until at least `steps` steps are done.
  public static func run(
    _ environment: any BatchedEnvironment, tasks: EnvironmentTasks, steps: Int, seed: UInt64
  ) -> EnvironmentSoak {
    var soak = EnvironmentSoak()
    var iteration = 0
    while soak.steps < steps {
      let address = RandomAddress(seed: seed, purpose: .environmentReset, iteration: iteration)
      var stream = RandomAddress(seed: seed, purpose: .test, iteration: iteration).stream
      soak.runEpisodes(environment, task: tasks.sample(from: &stream), at: address, actions: &stream)
      iteration += 1
    }
    return soak
  }

  private mutating func runEpisodes(
    _ environment: any BatchedEnvironment, task: EnvironmentTask, at address: RandomAddress,
    actions stream: inout RandomStream
  ) {
    let specification = environment.specification
    let width = specification.observations.count
    var observations = [Float](repeating: 0, count: environment.count * width)
    var actions = [Float](repeating: 0, count: environment.count * specification.actionSpace.actionSize)
    var rewards = [Float](repeating: 0, count: environment.count)
    var ends = [EpisodeEnd](repeating: [], count: environment.count)
    var observationRoom = observations.mutableSpan
    environment.reset(task: task, at: address, observations: &observationRoom)
    for _ in 0..<specification.horizon {
      actions = (0..<environment.count).flatMap { _ in specification.actionSpace.randomAction(from: &stream) }
      var observationRoom = observations.mutableSpan
      var rewardRoom = rewards.mutableSpan
      var endRoom = ends.mutableSpan
      environment.step(actions: actions.span, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
      record(observations, width: width)
      steps += environment.count
    }
  }

  private mutating func record(_ observations: [Float], width: Int) {
    // An observation has n - 1 positions, z first, and then n velocities.
    let firstVelocity = (width - 1) / 2
    for start in stride(from: 0, to: observations.count, by: width) {
      lowest = min(lowest, Double(observations[start]))
      highest = max(highest, Double(observations[start]))
      for index in start..<(start + width) {
        let value = observations[index]
        if !value.isFinite { failures += 1 }
        if index >= start + firstVelocity { greatestVelocity = max(greatestVelocity, Double(abs(value))) }
        checksum = (checksum ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
      }
    }
  }
}
