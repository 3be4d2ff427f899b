import Foundation
import Parts
import RandomStreams
import Testing

@testable import Environments

/// What every environment of the registry must do, whatever its robot and its engine, or its convention.
@Suite struct EnvironmentConformanceTests {
  /// An environment of the registry with a value of each of its keys that chooses among several, such as an engine or a
  /// convention.
  struct Subject: CustomTestStringConvertible, Sendable {
    var name: String
    var choice: (key: String, value: String)?
    var testDescription: String { name + (choice.map { " with \($0.key)=\($0.value)" } ?? "") }

    func family(horizon: Int) throws -> any EnvironmentFamily {
      var family = try #require(EnvironmentFamilies.all.first { $0.card.name == name })
      // As a user sets it.
      var isSet = [family.assign("horizon", .scalar(String(horizon)))]
      if let choice { isSet.append(family.assign(choice.key, .scalar(choice.value))) }
      if family is OwnRobotFamily {
        let robot = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../envs/half_cheetah.xml")
        isSet.append(family.assign("model", .scalar(robot.path)))
      }
      #expect(isSet.allSatisfy { $0 })
      return family
    }

    func make(count: Int, horizon: Int = 30) throws -> any BatchedEnvironment {
      try family(horizon: horizon).environments().environment(count: count)
    }

    func tasks() throws -> [EnvironmentTask] {
      let family = try family(horizon: 30)
      var stream = RandomAddress(seed: 0, purpose: .test).stream
      return family.tasks.tasks.prefix(5) + [
        family.tasks.sample(from: &stream), family.testTasks.sample(from: &stream),
      ]
        + (family.tasksBeyond.map { [$0.sample(from: &stream)] } ?? [])
    }
  }

  static let subjects = EnvironmentFamilies.all.flatMap { family in
    let keys = family.keys.filter { $0.choices.count > 1 }
    return [Subject(name: family.card.name)]
      + keys.flatMap { key in key.choices.map { Subject(name: family.card.name, choice: (key.name, $0)) } }
      // Box2D has one body for all tasks, and says so.
      .filter { subject in
        (family as? any LocomotionFamily)?.hasBodiesByTask != true
          || subject.choice?.value != PhysicsKind.box2d.rawValue
      }
  }

  @Test func enginesWithOneBodyRefuseTasksWithTheirOwn() {
    var family = RandomParametersFamily(.hopper)
    family.physics = .box2d
    #expect(throws: UserError.self) { try family.environments() }
  }

  @Test(arguments: subjects) func shapesAreThoseOfTheSpecification(_ subject: Subject) throws {
    let environment = try subject.make(count: 3)
    let specification = environment.specification
    #expect(specification.name == subject.name)
    #expect(environment.count == 3)
    #expect(!specification.observations.isEmpty && !specification.rewardParts.isEmpty)
    #expect(specification.actions.isEmpty != (specification.choiceCount == 0))
    let family = try #require(EnvironmentFamilies.all.first { $0.card.name == subject.name })
    #expect(family.hasChoices == (specification.choiceCount > 0))
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
      let other = Rollout(environment, task: task, seed: 2)
      #expect(first.observations != other.observations || first.rewards != other.rewards)
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

  /// Without choices that are a family's own.
  static let differing = subjects.filter { subject in
    guard let choice = subject.choice else { return true }
    let family = EnvironmentFamilies.all.first { $0.card.name == subject.name }
    return family?.text(of: choice.key) != .scalar(choice.value)
  }

  /// A slice of the twenty million steps of `scripts/soak`, which asks for more by METARL_SOAK_STEPS.
  @Test(arguments: differing) func randomActionsNeverLeadOutOfTheNumbers(_ subject: Subject) throws {
    let asked = ProcessInfo.processInfo.environment["METARL_SOAK_STEPS"].flatMap { Int($0) }
    let environment = try subject.make(count: 40, horizon: 200)
    let tasks = try subject.tasks()
    let soak = EnvironmentSoak.run(
      environment, tasks: EnvironmentTasks { tasks[$0.index(below: tasks.count)] }, steps: asked ?? 8_000, seed: 2)
    if asked != nil { print(subject.testDescription, soak) }
    #expect(soak.failures == 0)
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

  /// What a convention declares is what its environments do.
  @Test(arguments: EnvironmentFamilies.all.map(\.card.name)) func cardsAreThoseOfTheEnvironment(name: String) throws {
    let family = try #require(EnvironmentFamilies.all.first { $0.card.name == name })
    let conventions = try family.documentedConventions()
    #expect(!conventions.isEmpty && Set(conventions.map(\.name)).count == conventions.count)
    for convention in conventions {
      let keys = convention.consequences.map(\.key)
      #expect(Set(keys).count == keys.count)
      #expect(conventions[0].consequences.map(\.key) == keys)
      #expect(convention.consequences.allSatisfy { !$0.text.isEmpty })
    }
    // A robot of the user has no environment without him.
    guard !(family is OwnRobotFamily) else { return }
    let specification = try family.environments().environment(count: 1).specification
    let horizon = conventions[0].consequences.first { $0.key == "horizon" }
    #expect(horizon?.text == "\(specification.horizon) actions")
  }

  /// Episodes of a family that declares no ends terminate nowhere.
  @Test(arguments: subjects) func endsAreDeclared(_ subject: Subject) throws {
    let family = try #require(EnvironmentFamilies.all.first { $0.card.name == subject.name })
    guard !family.endsEpisodes else { return }
    let rollout = Rollout(try subject.make(count: 4), task: try subject.tasks()[0])
    #expect(rollout.ends.joined().allSatisfy { !$0.contains(.terminated) })
  }

  /// A program may give a task again by its parameters, and nothing that an environment would not survive.
  @Test(arguments: subjects) func parametersOfTasksAreKnown(_ subject: Subject) throws {
    let family = try subject.family(horizon: 30)
    for task in try subject.tasks() {
      #expect(family.fault(ofParameters: task.parameters) == nil, "\(task)")
      #expect(family.fault(ofParameters: task.parameters + [1]) != nil)
      guard !task.parameters.isEmpty else { continue }
      for wrong in [Double.nan, .infinity, -1e300] {
        var parameters = task.parameters
        parameters[0] = wrong
        #expect(family.fault(ofParameters: parameters) != nil, "\(wrong) of \(task.name)")
      }
    }
  }

  /// A row that starts anew is as one that was reset, and its neighbours go on as if nothing had happened.
  @Test(arguments: subjects) func singleRowsStartAnew(_ subject: Subject) throws {
    let task = try subject.tasks()[0]
    let environment = try #require(try subject.make(count: 3) as? any RestartableEnvironment)
    let (undisturbed, alone) = (try subject.make(count: 3), try subject.make(count: 1))
    let width = environment.specification.observations.count
    var streams = (0..<3).map { RandomAddress(seed: 1, purpose: .test, episode: $0).stream }
    let start = RandomAddress(seed: 2, purpose: .environmentReset)
    var (mixed, others) = (environment.started(task, at: start), undisturbed.started(task, at: start))
    #expect(mixed == others)
    for time in 0..<29 {
      if time == 5 {
        let address = RandomAddress(seed: 3, purpose: .environmentReset, iteration: 4, episode: 17)
        var room = mixed.mutableSpan
        environment.restart(rows: [1], at: [address], observations: &room)
        #expect(Array(mixed[width..<2 * width]) == alone.started(task, at: address))
        #expect(mixed[..<width] == others[..<width] && mixed[(2 * width)...] == others[(2 * width)...])
      }
      let actions = streams.indices.map { row in
        environment.specification.actionSpace.randomAction(from: &streams[row])
      }
      let step = environment.stepped(actions.flatMap { $0 })
      let other = undisturbed.stepped(actions.flatMap { $0 })
      for row in [0, 2] { #expect(step.row(row, of: 3) == other.row(row, of: 3)) }
      if time >= 5 { #expect(step.row(1, of: 3) == alone.stepped(actions[1])) }
      (mixed, others) = (step.observations, other.observations)
    }
    // The row that started later has not reached its horizon when the others have.
    let last = environment.stepped(
      streams.indices.flatMap { row in
        environment.specification.actionSpace.randomAction(from: &streams[row])
      })
    #expect(last.ends[0].contains(.truncated) && !last.ends[1].contains(.truncated))
  }

  @Test(arguments: subjects) func actionsAreClipped(_ subject: Subject) throws {
    let task = try subject.tasks()[0]
    guard try !subject.make(count: 1).specification.actions.isEmpty else { return }
    let wild = Rollout(try subject.make(count: 2), task: task, actionScale: 1e30)
    let bounded = Rollout(try subject.make(count: 2), task: task, actionScale: 1e20)
    #expect(wild == bounded)
  }
}

/// What an environment says in one step.
private struct Step: Equatable {
  var observations: [Float]
  var rewards: [Float]
  var ends: [EpisodeEnd]

  func row(_ row: Int, of count: Int) -> Step {
    let width = observations.count / count
    return Step(
      observations: Array(observations[row * width..<(row + 1) * width]), rewards: [rewards[row]], ends: [ends[row]])
  }
}

extension BatchedEnvironment {
  /// Resets every row and returns the observations.
  fileprivate func started(_ task: EnvironmentTask, at address: RandomAddress) -> [Float] {
    var observations = [Float](repeating: .nan, count: count * specification.observations.count)
    var room = observations.mutableSpan
    reset(task: task, at: address, observations: &room)
    return observations
  }

  /// Steps every row.
  fileprivate func stepped(_ actions: [Float]) -> Step {
    var observations = [Float](repeating: .nan, count: count * specification.observations.count)
    var rewards = [Float](repeating: .nan, count: count)
    var ends = [EpisodeEnd](repeating: [], count: count)
    var observationRoom = observations.mutableSpan
    var rewardRoom = rewards.mutableSpan
    var endRoom = ends.mutableSpan
    step(actions: actions.span, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
    return Step(observations: observations, rewards: rewards, ends: ends)
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
        specification.actionSpace.randomAction(from: &streams[row], scale: actionScale)
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
