import Parts
import RandomStreams
import Testing

@testable import Environments

/// What every environment of the registry must do, whatever its robot and its engine.
@Suite struct EnvironmentConformanceTests {
  /// An environment of the registry with an engine.
  struct Subject: CustomTestStringConvertible, Sendable {
    var name: String
    var physics: PhysicsKind
    var testDescription: String { "\(name) on \(physics)" }

    private var family: any EnvironmentFamily {
      get throws { try #require(EnvironmentFamilies.all.first { $0.card.name == name }) }
    }

    func make(count: Int, horizon: Int = 30) throws -> any BatchedEnvironment {
      var family = try family
      // As a user sets it.
      let isSet = [
        family.assign("horizon", .scalar(String(horizon))), family.assign("physics", .scalar(physics.rawValue)),
      ]
      #expect(isSet == [true, true])
      return try family.environments().environment(count: count)
    }

    func tasks() throws -> [EnvironmentTask] {
      let tasks = try family.tasks
      var stream = RandomAddress(seed: 0, purpose: .test).stream
      return tasks.tasks + [tasks.sample(from: &stream)]
    }
  }

  static let subjects = EnvironmentFamilies.all.flatMap { family in
    PhysicsKind.engines.map { Subject(name: family.card.name, physics: $0) }
  }

  @Test(arguments: subjects) func shapesAreThoseOfTheSpecification(_ subject: Subject) throws {
    let environment = try subject.make(count: 3)
    let specification = environment.specification
    #expect(specification.name == subject.name)
    #expect(environment.count == 3)
    #expect(!specification.actions.isEmpty && !specification.observations.isEmpty && !specification.rewardParts.isEmpty)
    #expect(specification.horizon == 30 && specification.secondsPerStep > 0)
    #expect(Set(specification.observations.map(\.name)).count == specification.observations.count)
    let rollout = try Rollout(environment, task: subject.tasks()[0])
    #expect(rollout.observations.count == 31)
  }

  @Test(arguments: subjects) func aSeededResetReproduces(_ subject: Subject) throws {
    let environment = try subject.make(count: 3)
    for task in try subject.tasks() {
      let first = Rollout(environment, task: task, seed: 1)
      #expect(first == Rollout(environment, task: task, seed: 1))
      #expect(first.observations[0] != Rollout(environment, task: task, seed: 2).observations[0])
    }
  }

  @Test(arguments: subjects) func aUsedEnvironmentIsAsGoodAsANewOne(_ subject: Subject) throws {
    let used = try subject.make(count: 2)
    let tasks = try subject.tasks()
    for seed in 0..<3 { _ = Rollout(used, task: tasks[seed % tasks.count], seed: UInt64(seed)) }
    #expect(
      Rollout(used, task: tasks[0], seed: 9) == Rollout(try subject.make(count: 2), task: tasks[0], seed: 9))
  }

  @Test(arguments: subjects) func rowsDoNotDependOnTheirNeighbours(_ subject: Subject) throws {
    let task = try subject.tasks()[0]
    let together = Rollout(try subject.make(count: 7), task: task, seed: 5)
    for row in 0..<7 {
      let alone = Rollout(try subject.make(count: 1), task: task, seed: 5, firstEpisode: row)
      #expect(alone == together.row(row))
    }
  }

  @Test(arguments: subjects) func allNumbersAreFinite(_ subject: Subject) throws {
    for task in try subject.tasks() {
      let rollout = Rollout(try subject.make(count: 4), task: task, seed: 6, actionScale: 3)
      #expect(rollout.observations.joined().allSatisfy { $0.isFinite })
      #expect(rollout.rewards.joined().allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: subjects) func partsOfTheRewardAddUp(_ subject: Subject) throws {
    let rollout = Rollout(try subject.make(count: 4), task: try subject.tasks()[0], seed: 7)
    for (rewards, parts) in zip(rollout.rewards, rollout.rewardParts) {
      let width = parts.count / rewards.count
      for row in rewards.indices {
        let sum = parts[(row * width)..<((row + 1) * width)].reduce(0, +)
        // The same single-precision sum, perhaps in another order.
        #expect(abs(sum - rewards[row]) <= 1e-6 * max(1, abs(sum)))
      }
    }
  }

  @Test(arguments: subjects) func truncationIsNotTermination(_ subject: Subject) throws {
    let rollout = Rollout(try subject.make(count: 2, horizon: 12), task: try subject.tasks()[0])
    #expect(rollout.ends.count == 12)
    for ends in rollout.ends.dropLast() { #expect(ends.allSatisfy { !$0.contains(.truncated) }) }
    let last = try #require(rollout.ends.last)
    #expect(last.allSatisfy { $0.contains(.truncated) || $0.contains(.terminated) })
  }

  @Test(arguments: subjects) func actionsAreClipped(_ subject: Subject) throws {
    let task = try subject.tasks()[0]
    let wild = Rollout(try subject.make(count: 2), task: task, actionScale: 1e30)
    let bounded = Rollout(try subject.make(count: 2), task: task, actionScale: 1e20)
    #expect(wild == bounded)
  }
}

/// Everything an environment says in one episode of each row, under actions that depend on seed and episode alone.
struct Rollout: Equatable {
  var observations: [[Float]] = []
  var rewards: [[Float]] = []
  var rewardParts: [[Float]] = []
  var ends: [[EpisodeEnd]] = []
  private var count: Int

  init(
    _ environment: any BatchedEnvironment, task: EnvironmentTask, seed: UInt64 = 1, firstEpisode: Int = 0,
    actionScale: Float = 1
  ) {
    let specification = environment.specification
    count = environment.count
    var streams = (0..<count).map {
      RandomAddress(seed: seed, purpose: .test, episode: firstEpisode + $0).stream
    }
    var observation = [Float](repeating: .nan, count: count * specification.observations.count)
    var reward = [Float](repeating: .nan, count: count)
    var parts = [Float](repeating: .nan, count: count * specification.rewardParts.count)
    var end = [EpisodeEnd](repeating: [], count: count)
    var observationRoom = observation.mutableSpan
    let address = RandomAddress(seed: seed, purpose: .environmentReset, episode: firstEpisode)
    environment.reset(task: task, at: address, observations: &observationRoom)
    observations.append(observation)
    for _ in 0..<specification.horizon {
      let actions = streams.indices.flatMap { row in
        specification.actions.map { _ in actionScale * Float(streams[row].uniform(in: -1...1)) }
      }
      var observationRoom = observation.mutableSpan
      var rewardRoom = reward.mutableSpan
      var endRoom = end.mutableSpan
      environment.step(actions: actions.span, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
      var partRoom = parts.mutableSpan
      environment.readRewardParts(into: &partRoom)
      observations.append(observation)
      rewards.append(reward)
      rewardParts.append(parts)
      ends.append(end)
    }
  }

  /// What concerns one row.
  func row(_ index: Int) -> Rollout {
    var result = self
    result.count = 1
    result.observations = observations.map { part($0, index) }
    result.rewards = rewards.map { part($0, index) }
    result.rewardParts = rewardParts.map { part($0, index) }
    result.ends = ends.map { part($0, index) }
    return result
  }

  private func part<Element>(_ buffer: [Element], _ index: Int) -> [Element] {
    let width = buffer.count / count
    return Array(buffer[(index * width)..<((index + 1) * width)])
  }
}
