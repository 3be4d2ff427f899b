import Parts
import Foundation
import RandomStreams
import Testing

@testable import Environments

@Suite struct LocomotionEnvironmentTests {
  private func make(
    count: Int = 1, settings: LocomotionSettings = .init(), physics: PhysicsKind = .box2d
  ) throws -> any RobotEnvironment {
    var family = CheetahDirectionFamily()
    (family.locomotion, family.physics) = (settings, physics)
    return try family.makeEnvironment(family.readModel(), count: count)
  }

  private func step(
    _ environment: any BatchedEnvironment, _ actions: [Float]
  ) -> (observations: [Float], rewards: [Float], ends: [EpisodeEnd]) {
    let width = environment.specification.observations.count
    var observations = [Float](repeating: 0, count: environment.count * width)
    var rewards = [Float](repeating: 0, count: environment.count)
    var ends = [EpisodeEnd](repeating: [], count: environment.count)
    var observationRoom = observations.mutableSpan
    var rewardRoom = rewards.mutableSpan
    var endRoom = ends.mutableSpan
    environment.step(actions: actions.span, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
    return (observations, rewards, ends)
  }

  private func reset(
    _ environment: any BatchedEnvironment, _ direction: CheetahDirection = .forward, seed: UInt64 = 1, task: Int = 0
  ) -> [Float] {
    let width = environment.specification.observations.count
    var observations = [Float](repeating: 0, count: environment.count * width)
    var room = observations.mutableSpan
    let address = RandomAddress(seed: seed, purpose: .environmentReset, task: task)
    environment.reset(task: direction.task, at: address, observations: &room)
    return observations
  }

  @Test func theTableOfObservationsIsHalfCheetahs() throws {
    let specification = try make().specification
    #expect(
      specification.observations.map(\.joint) == [
        "torso z", "torso pitch", "bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot",
        "torso x", "torso z", "torso pitch", "bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot",
      ])
    #expect(
      specification.observations.map(\.unit)
        == ["m"] + [String](repeating: "rad", count: 7) + ["m/s", "m/s"] + [String](repeating: "rad/s", count: 7))
    #expect(specification.actions.map(\.joint) == ["bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"])
    #expect(specification.actions.map(\.scale) == [120, 90, 60, 120, 60, 30])
    #expect(specification.horizon == 100)
    #expect(abs(specification.secondsPerStep - 0.05) < 1e-15)
  }

  @Test(arguments: PhysicsKind.engines) func observationsAreTheStateWithoutX(physics: PhysicsKind) throws {
    let environment = try make(count: 3, physics: physics)
    _ = reset(environment)
    let observations = step(environment, [Float](repeating: 0.3, count: 18)).observations
    for row in 0..<3 {
      let state = environment.state(ofRow: row)
      let expected = (state.positions.dropFirst() + state.velocities).map { Float($0) }
      #expect(Array(observations[(17 * row)..<(17 * row + 17)]) == expected)
    }
  }

  /// A positive action turns its hinge positively, and a nose that goes down is a positive pitch.
  @Test(arguments: PhysicsKind.engines) func signsAreMuJoCos(engine: PhysicsKind) throws {
    let model = try RobotModel.halfCheetah()
    let physics = try engine.makePhysics(model: model, count: 1)
    for motor in 0..<6 {
      var state = RobotState(referenceOf: model)
      state.positions[1] = 3
      physics.reset(row: 0, to: state)
      var actions = [Float](repeating: 0, count: 6)
      actions[motor] = 1
      physics.step(actions: actions, physicsSteps: 1)
      #expect(physics.state(ofRow: 0).velocities[motor + 3] > 0)
    }
    var state = RobotState(referenceOf: model)
    state.positions[1] = 3
    state.positions[2] = 0.5
    physics.reset(row: 0, to: state)
    // The legs hang 0.15 m below the torso's origin: as the nose goes down, they swing back.
    let lowered = physics.centerOfMass(ofRow: 0)
    state.positions[2] = 0
    physics.reset(row: 0, to: state)
    #expect(lowered.x < physics.centerOfMass(ofRow: 0).x - 0.05)
  }

  @Test(arguments: CheetahDirection.allCases, PhysicsKind.engines) func rewardIsSpeedInTheDirectionLessCost(
    direction: CheetahDirection, physics: PhysicsKind
  ) throws {
    let environment = try make(count: 2, physics: physics)
    _ = reset(environment, direction)
    for time in 0..<20 {
      let before = (0..<2).map { environment.state(ofRow: $0).positions[0] }
      let actions = (0..<12).map { Float(sin(Double($0 + 3 * time))) * 1.5 }
      let rewards = step(environment, actions).rewards
      for row in 0..<2 {
        let clipped = actions[(6 * row)..<(6 * row + 6)].map { Double(min(max($0, -1), 1)) }
        let speed = (environment.state(ofRow: row).positions[0] - before[row]) / 0.05
        let expected = direction.sign * speed - 0.05 * clipped.reduce(0) { $0 + $1 * $1 }
        // The reward is rounded to single precision; values stay below 10.
        #expect(abs(Double(rewards[row]) - expected) < 1e-6)
      }
    }
  }

  @Test func theWeightOfTheCostIsASetting() throws {
    var settings = LocomotionSettings()
    settings.controlCostWeight = 0.5
    let dear = try make(settings: settings)
    let cheap = try make()
    _ = reset(dear)
    _ = reset(cheap)
    let actions = [Float](repeating: 1, count: 6)
    // Six motors at full action: 6 x (0.5 - 0.05), in single precision.
    #expect(abs(step(cheap, actions).rewards[0] - step(dear, actions).rewards[0] - 2.7) < 1e-5)
  }

  @Test func resetNoiseHasItsWidths() throws {
    let environment = try make(count: 2000)
    _ = reset(environment)
    let states = (0..<2000).map { environment.state(ofRow: $0) }
    for coordinate in 0..<9 {
      let positions = states.map { $0.positions[coordinate] }
      let velocities = states.map { $0.velocities[coordinate] }
      // Single precision may round a bound up.
      #expect(positions.allSatisfy { abs($0) < 0.1 + 1e-6 })
      // 2,000 draws: the standard error of a mean is 2% of a deviation, that of a deviation 1.6%; five of them.
      #expect(abs(mean(positions)) < 0.1 * 0.577 * 0.11)
      #expect(abs(deviation(positions) / (0.1 / 3.0.squareRoot()) - 1) < 0.08)
      #expect(abs(mean(velocities)) < 0.1 * 0.11)
      #expect(abs(deviation(velocities) / 0.1 - 1) < 0.08)
    }
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func deviation(_ values: [Double]) -> Double {
    let center = mean(values)
    return mean(values.map { ($0 - center) * ($0 - center) }).squareRoot()
  }

  @Test func everyPartOfTheAddressChangesTheReset() throws {
    let environment = try make()
    let base = reset(environment)
    #expect(base == reset(environment, .backward))
    #expect(base != reset(environment, seed: 2))
    #expect(base != reset(environment, task: 1))
  }

  @Test func directionsAreDrawnEvenly() {
    var stream = RandomAddress(seed: 1, purpose: .taskSampling).stream
    let forward = (0..<1000).count { _ in CheetahDirection.sample(from: &stream) == .forward }
    // Five standard errors of 1,000 fair draws.
    #expect(abs(forward - 500) < 80)
    #expect(CheetahDirection.distribution.tasks.map(\.name) == ["forward", "backward"])
    #expect(CheetahDirection.distribution.tasks.map(\.parameters) == [[1], [-1]])
  }

  @Test func settingsOutOfBoundsAreNamed() throws {
    let faults: [(WritableKeyPath<LocomotionSettings, Double>, Double, String)] = [
      (\.controlCostWeight, -1, "control cost weight"), (\.controlCostWeight, .nan, "control cost weight"),
      (\.resetPositionNoise, 2, "reset position noise"), (\.resetVelocityNoise, .infinity, "reset velocity noise"),
    ]
    for (path, value, name) in faults {
      var settings = LocomotionSettings()
      settings[keyPath: path] = value
      let error = #expect(throws: SettingError.self) { try settings.validate() }
      #expect(error?.name == name)
    }
    var settings = LocomotionSettings()
    settings.horizon = 0
    #expect(throws: SettingError.self) { try make(settings: settings) }
  }

  @Test func theRegistryNamesItsSources() {
    let cards = EnvironmentFamilies.all.map(\.card)
    #expect(cards.map(\.name).contains("cheetah-dir") && Set(cards.map(\.name)).count == cards.count)
    #expect(cards.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty })
  }

  /// A slice of the ten million steps of the soak: METARL_SOAK_STEPS asks for more.
  @Test(arguments: PhysicsKind.engines) func randomActionsNeverMakeItExplode(physics: PhysicsKind) throws {
    let asked = ProcessInfo.processInfo.environment["METARL_SOAK_STEPS"].flatMap { Int($0) }
    let environment = try make(count: 40, physics: physics)
    let soak = EnvironmentSoak.run(environment, tasks: CheetahDirection.distribution, steps: asked ?? 20_000, seed: 1)
    if asked != nil { print(physics.rawValue, soak) }
    #expect(soak.failures == 0)
    // The torso never sinks below its radius and is not thrown; nothing turns faster than in MuJoCo times three.
    #expect(soak.lowest > -0.7)
    #expect(soak.highest < 2)
    #expect(soak.greatestVelocity < 100)
  }
}
