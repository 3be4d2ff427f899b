import Foundation
import Parts
import RandomStreams
import Testing

@testable import Environments

/// Families of robots: speeds, bodies by task, falls, and robots of one's own.
@Suite struct LocomotionFamilyTests {
  private struct Rollout {
    var observations: [[Float]] = []
    var rewards: [[Float]] = []
    var parts: [[Float]] = []
    var ends: [[EpisodeEnd]] = []
  }

  private func run(
    _ environment: any BatchedEnvironment, _ task: EnvironmentTask, steps: Int, actions: (Int) -> [Float]
  ) -> Rollout {
    let (count, specification) = (environment.count, environment.specification)
    var observations = [Float](repeating: 0, count: count * specification.observations.count)
    var rewards = [Float](repeating: 0, count: count)
    var parts = [Float](repeating: 0, count: count * specification.rewardParts.count)
    var ends = [EpisodeEnd](repeating: [], count: count)
    var room = observations.mutableSpan
    environment.reset(task: task, at: RandomAddress(seed: 5, purpose: .environmentReset), observations: &room)
    var rollout = Rollout()
    for step in 0..<steps {
      var observed = observations.mutableSpan
      var earned = rewards.mutableSpan
      var ended = ends.mutableSpan
      environment.step(actions: actions(step).span, observations: &observed, rewards: &earned, ends: &ended)
      var partRoom = parts.mutableSpan
      environment.readRewardParts(into: &partRoom)
      rollout.observations.append(observations)
      rollout.rewards.append(rewards)
      rollout.parts.append(parts)
      rollout.ends.append(ends)
    }
    return rollout
  }

  private func randomActions(_ count: Int) -> (Int) -> [Float] {
    { step in
      var stream = RandomAddress(seed: 9, purpose: .test, timeStep: step).stream
      return (0..<count).map { _ in Float(stream.uniform(in: -1...1)) }
    }
  }

  /// The same motion, rewarded for its speed forward and for its distance from a speed.
  @Test func aTargetSpeedPaysMinusTheDistanceFromIt() throws {
    var velocity = CheetahVelocityFamily()
    velocity.physics = .lanes
    var direction = CheetahDirectionFamily()
    direction.physics = .lanes
    let (first, second) = (
      try velocity.environments().environment(count: 4), try direction.environments().environment(count: 4)
    )
    let task = EnvironmentTask(name: "speed", parameters: [1.5])
    let found = run(first, task, steps: 20, actions: randomActions(24))
    let speeds = run(second, CheetahDirection.forward.task, steps: 20, actions: randomActions(24))
    #expect(found.observations == speeds.observations)
    for (parts, own) in zip(found.parts, speeds.parts) {
      for row in 0..<4 {
        #expect(abs(parts[2 * row] + abs(own[2 * row] - 1.5)) < 1e-6)
        #expect(parts[2 * row + 1] == own[2 * row + 1])
      }
    }
  }

  /// A picture says that a speed is the task's and not the robot's.
  @Test func picturesNameTheTargetSpeed() throws {
    let family = CheetahVelocityFamily()
    let task = try family.testTasks.task("3", seed: 1).task
    let speed = (100 * task.parameters[0]).rounded() / 100
    #expect(task.name == "target speed 3" && family.shownName(of: task) == "target speed 3, \(speed) m/s")
    #expect(CheetahDirectionFamily().shownName(of: CheetahDirection.forward.task) == "forward")
  }

  @Test func speedsAreThoseOfTheConvention() throws {
    let family = CheetahVelocityFamily()
    #expect(family.tasks.tasks.count == 100 && family.testTasks.tasks.count == 30)
    let speeds = family.tasks.tasks.map { $0.parameters[0] }
    #expect(speeds.allSatisfy { (0...3).contains($0) } && Set(speeds).count == 100)
    #expect(Set(speeds).isDisjoint(with: family.testTasks.tasks.map { $0.parameters[0] }))
    var stream = RandomAddress(seed: 0, purpose: .test).stream
    let beyond = try #require(family.tasksBeyond)
    for _ in 0..<50 { #expect((3...4.5).contains(beyond.sample(from: &stream).parameters[0])) }
    let first = CheetahVelocityFamily(.maml)
    #expect(first.tasks.tasks.isEmpty && first.environmentSettings.physicsStepsPerAction == 1)
    for _ in 0..<50 { #expect((0...2).contains(first.tasks.sample(from: &stream).parameters[0])) }
    #expect(CheetahVelocityFamily(.promp).environmentSettings.horizon == 100)
  }

  /// What a task's body does in an environment that had another one is what a new engine of that body does, to the bit.
  @Test(arguments: [RandomParametersFamily.Robot.hopper, .walker]) func bodiesAreTheTasks(
    _ robot: RandomParametersFamily.Robot
  ) throws {
    let family = RandomParametersFamily(robot)
    let tasks = family.tasks.tasks
    #expect(tasks.count == 40 && Set(tasks.map(\.parameters)).count == 40)
    let environment = try family.environments().environment(count: 3)
    let width = 3 * environment.specification.actions.count
    _ = run(environment, tasks[0], steps: 10, actions: randomActions(width))
    let changed = run(environment, tasks[1], steps: 10, actions: randomActions(width))
    let fresh = run(
      try family.environments().environment(count: 3), tasks[1], steps: 10, actions: randomActions(width))
    #expect(changed.observations == fresh.observations)
    let other = run(
      try family.environments().environment(count: 3), tasks[2], steps: 10, actions: randomActions(width))
    #expect(changed.observations != other.observations)
    let model = try family.readModel()
    let heavier = BodyVariation(of: model).model(tasks[1].parameters[...])
    #expect(heavier.mass != model.mass && heavier.hasShape(of: model))
    let factors = zip(heavier.bodies, model.bodies).map { $0.mass / $1.mass }
    #expect(factors.allSatisfy { (pow(1.5, -3.0)...pow(1.5, 3.0)).contains($0) })
  }

  /// ProMP's wrapper maps actions of +-10 to the +-1 that motors take, and others clip them to 1.
  @Test func actionsAreWhatTheConventionSays() throws {
    for (convention, cost) in [
      (CheetahDirectionFamily.Convention.garage, 1.0), (.promp, 0.09), (.pearl, 1), (.maml, 1),
    ] {
      var family = CheetahDirectionFamily(convention)
      family.physics = .lanes
      let environment = try family.environments().environment(count: 2)
      #expect(environment.specification.horizon == (convention == .garage || convention == .promp ? 100 : 200))
      #expect(abs(environment.specification.secondsPerStep - (convention == .maml ? 0.01 : 0.05)) < 1e-12)
      let rollout = run(environment, CheetahDirection.forward.task, steps: 1) { _ in [Float](repeating: -3, count: 12) }
      #expect(abs(Double(rollout.parts[0][1]) + 6 * 0.05 * cost) < 1e-6)
    }
  }

  /// Gymnasium's hopper and walker observe no velocity above 10.
  @Test(arguments: [RandomParametersFamily.Robot.hopper, .walker]) func observedVelocitiesAreClipped(
    _ robot: RandomParametersFamily.Robot
  ) throws {
    let family = RandomParametersFamily(robot)
    let environment = try family.environments().environment(count: 4)
    let specification = environment.specification
    let width = specification.observations.count
    let rollout = run(
      environment, family.tasks.tasks[0], steps: 60, actions: randomActions(4 * specification.actions.count))
    let bounds = specification.observations.map(\.bound)
    #expect(bounds.filter { $0 == 10 }.count == (width + 1) / 2)
    for (index, bound) in bounds.enumerated() {
      let greatest = rollout.observations.flatMap { $0 }.enumerated().filter { $0.offset % width == index }
        .map { abs(Double($0.element)) }.max()
      #expect(try #require(greatest) <= bound)
    }
    let all = rollout.observations.flatMap { $0 }
    #expect(all.contains(10) || all.contains(-10))
  }

  @Test func aHopperThatFallsEndsItsEpisode() throws {
    let family = RandomParametersFamily(.hopper)
    let environment = try family.environments().environment(count: 8)
    let rollout = run(environment, family.tasks.tasks[3], steps: 150) { _ in [Float](repeating: 1, count: 24) }
    #expect(environment.specification.rewardParts == ["forward", "control", "survival"])
    for row in 0..<8 {
      let end = try #require(rollout.ends.firstIndex { $0[row].contains(.terminated) })
      for step in 0...end {
        let observation = rollout.observations[step][row * 11..<row * 11 + 2]
        let (height, pitch) = (observation.first ?? 0, observation.last ?? 0)
        // The observed height is MuJoCo's, 1.25 m in the reference pose.
        #expect((height > 0.7 && abs(pitch) < 0.2) == (step < end))
        let parts = rollout.parts[step][row * 3..<row * 3 + 3]
        #expect(parts.last == 1 && abs(parts.reduce(0, +) - rollout.rewards[step][row]) < 1e-5)
      }
    }
  }

  @Test func aRobotOfOnesOwnMustBeGiven() throws {
    var family = OwnRobotFamily(.speed)
    let missing = #expect(throws: UserError.self) { try family.environments() }
    #expect(missing?.message.contains("expected the file of a robot, FILE.xml") == true)
    let envs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../envs")
    family.model = envs.appending(path: "walker2d.xml").path
    (family.lowest, family.highest, family.heightWeight, family.survival) = (0.8, 2, 0.5, 1)
    let environment = try family.environments().environment(count: 2)
    #expect(
      environment.specification.rewardParts == ["forward", "control", "survival", "height"] && family.endsEpisodes)
    let rollout = run(
      environment, EnvironmentTask(name: "speed", parameters: [1]), steps: 5, actions: randomActions(12))
    for step in 0..<5 {
      for row in 0..<2 {
        #expect(abs(rollout.parts[step][row * 4 + 3] - 0.5 * rollout.observations[step][row * 17]) < 1e-6)
      }
    }
    family.lowest = 3
    #expect(throws: UserError.self) { try family.environments() }
  }
}
