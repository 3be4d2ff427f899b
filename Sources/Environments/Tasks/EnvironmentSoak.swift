import RandomStreams

/// Random actions on an environment for as long as is asked: does the robot ever leave what a robot can do?
public struct EnvironmentSoak: Sendable {
  /// Environment steps so far, of all rows together.
  public private(set) var steps = 0
  /// Observations that were not numbers.
  public private(set) var failures = 0
  /// The lowest root, in metres from its reference height.
  public private(set) var lowest = Double.infinity
  /// The highest root, in metres from its reference height.
  public private(set) var highest = -Double.infinity
  /// The greatest absolute velocity of any coordinate, in metres or radians a second.
  public private(set) var greatestVelocity = 0.0
  /// Bits that two runs of one seed share, whatever the machine did meanwhile.
  public private(set) var checksum: UInt64 = 0xcbf2_9ce4_8422_2325

  /// Runs whole episodes until at least `steps` steps are done, each row with uniformly random actions.
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
    var actions = [Float](repeating: 0, count: environment.count * specification.actions.count)
    var rewards = [Float](repeating: 0, count: environment.count)
    var ends = [EpisodeEnd](repeating: [], count: environment.count)
    var observationRoom = observations.mutableSpan
    environment.reset(task: task, at: address, observations: &observationRoom)
    for _ in 0..<specification.horizon {
      for index in actions.indices { actions[index] = Float(stream.uniform(in: -1...1)) }
      var observationRoom = observations.mutableSpan
      var rewardRoom = rewards.mutableSpan
      var endRoom = ends.mutableSpan
      environment.step(actions: actions.span, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
      record(observations, width: width)
      steps += environment.count
    }
  }

  private mutating func record(_ observations: [Float], width: Int) {
    // An observation holds n - 1 positions, z first, then n velocities.
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
