import Environments
import Foundation
import RandomStreams
import Rollouts
import Testing

@Suite struct EpisodeCollectorTests {
  let task = EnvironmentTask(name: "forward", parameters: [1])
  let address = RandomAddress(seed: 3, purpose: .test, iteration: 4, adaptationStep: 1, task: 2, episode: 10)

  func collect(
    _ environment: some BatchedEnvironment, _ policy: SimplePolicy, at address: RandomAddress
  ) throws -> EpisodeBatch {
    let collector = EpisodeCollector(environment: environment)
    var batch = EpisodeBatch(size: collector.size)
    try collector.collect(into: &batch, task: task, policy: policy, at: address)
    return batch
  }

  @Test func actionsAreMeansPlusNoiseFromTheirOwnAddresses() throws {
    let policy = SimplePolicy(deviation: 0.5) { 2 * $0 }
    let batch = try collect(LineEnvironment(count: 3, horizon: 4), policy, at: address)
    for time in 0..<4 {
      for episode in 0..<3 {
        var stream = RandomAddress(
          seed: 3, purpose: .actionNoise, iteration: 4, adaptationStep: 1, task: 2, episode: 10 + episode,
          timeStep: time
        ).stream
        // Box-Muller of the stream's first two words, as the kernel's text says.
        let radius = (-2 * log(Double((stream.nextBits() >> 8) + 1) * 0x1p-24)).squareRoot()
        let noise = radius * cos(2 * Double.pi * Double(stream.nextBits() >> 8) * 0x1p-24)
        let expected = 2 * Double(batch.observations[time * 3 + episode]) + 0.5 * noise
        // Float's rounding of numbers below 8.
        #expect(abs(Double(batch.actions[time * 3 + episode]) - expected) < 4e-6)
      }
    }
  }

  @Test func rowsHoldWhatWasObservedBeforeAndRewardedAfterEachAction() throws {
    let batch = try collect(LineEnvironment(count: 2, horizon: 5), SimplePolicy(deviation: 1) { _ in 0 }, at: address)
    for row in 0..<10 {
      #expect(batch.observations[row + 2] == batch.observations[row] + batch.actions[row])
      #expect(batch.rewards[row] == batch.observations[row + 2])
      #expect(batch.rewardParts[2 * row] + batch.rewardParts[2 * row + 1] == batch.rewards[row])
    }
    #expect(batch.mask.allSatisfy { $0 == 1 })
    #expect(batch.ends == [.truncated, .truncated])
    // Sums of five Float rewards in Double, in either order.
    #expect(abs(batch.meanReturnParts.reduce(0, +) - batch.meanReturn) < 1e-5)
  }

  @Test func anEndedEpisodeIsPaddedAndToldFromATruncatedOne() throws {
    // Without noise the mean alone decides: starts above a half run away and terminate, others stay.
    let policy = SimplePolicy(deviation: 0) { $0 > 0.5 ? 1 : 0 }
    let batch = try collect(LineEnvironment(count: 8, horizon: 6, end: 2), policy, at: address)
    #expect(batch.ends.contains(.terminated) && batch.ends.contains(.truncated))
    for episode in 0..<8 {
      let steps = (0..<6).map { $0 * 8 + episode }
      let valid = steps.filter { batch.mask[$0] == 1 }.count
      #expect(valid == (batch.ends[episode] == .terminated ? 2 : 6))
      for step in steps[valid...] {
        #expect(batch.mask[step] == 0 && batch.rewards[step] == 0 && batch.actions[step] == 0)
        #expect(batch.rewardParts[2 * step] == 0 && batch.rewardParts[2 * step + 1] == 0)
        #expect(batch.observations[step + 8] == batch.observations[step])
      }
    }
    #expect(batch.validTimeSteps == batch.mask.filter { $0 == 1 }.count)
  }

  @Test func anEnvironmentMayWriteTheEndsAlone() throws {
    let policy = SimplePolicy(deviation: 0) { $0 > 0.5 ? 1 : 0 }
    let every = LineEnvironment(count: 8, horizon: 6, end: 2)
    let some = LineEnvironment(count: 8, horizon: 6, end: 2, writesEndsAlone: true)
    let (expected, collector) = (try collect(every, policy, at: address), EpisodeCollector(environment: some))
    var batch = EpisodeBatch(size: collector.size)
    for _ in 0..<2 {
      try collector.collect(into: &batch, task: task, policy: policy, at: address)
      #expect(batch.mask == expected.mask && batch.ends == expected.ends)
    }
  }

  @Test func aBatchIsTheSameAfterAnotherTaskAndIsFilledInPlace() throws {
    let policy = SimplePolicy(deviation: 0.3) { -$0 }
    let collector = EpisodeCollector(environment: LineEnvironment(count: 4, horizon: 5, end: 1))
    var batch = EpisodeBatch(size: collector.size)
    let places = bufferPlaces(of: &batch)
    try collector.collect(into: &batch, task: task, policy: policy, at: address)
    let (actions, observations, mask) = (batch.actions.map { $0 }, batch.observations.map { $0 }, batch.mask.map { $0 })
    try collector.collect(into: &batch, task: task, policy: policy, at: RandomAddress(seed: 9, purpose: .test))
    #expect(batch.actions != actions)
    try collector.collect(into: &batch, task: task, policy: policy, at: address)
    #expect(batch.actions == actions && batch.observations == observations && batch.mask == mask)
    #expect(bufferPlaces(of: &batch) == places)
  }

  /// Where the buffers lie in memory: a copy would move them.
  private func bufferPlaces(of batch: inout EpisodeBatch) -> [UnsafeRawPointer?] {
    [batch.observations, batch.actions, batch.rewards, batch.rewardParts, batch.mask].map { buffer in
      buffer.withUnsafeBytes { $0.baseAddress }
    }
  }

  @Test func valuesThatAreNotFiniteAreReportedWithTheirPlace() {
    let policy = SimplePolicy(deviation: 1) { _ in 0 }
    let error = #expect(throws: NonFiniteValueError.self) {
      try collect(LineEnvironment(count: 3, horizon: 4, faultyStep: 2), policy, at: address)
    }
    #expect(
      error?.description
        == "reward is not a finite number at iteration 4, adaptation step 1, task 2, episode 12, time step 2")
    let actionError = #expect(throws: NonFiniteValueError.self) {
      try collect(LineEnvironment(count: 3, horizon: 4), SimplePolicy(deviation: 1) { _ in .infinity }, at: address)
    }
    #expect(actionError?.quantity == .action && actionError?.timeStep == 0 && actionError?.episode == 10)
  }

  /// Values are judged one by one: their sum may be infinite.
  @Test func hugeValuesAreFinite() throws {
    let policy = SimplePolicy(deviation: 1) { _ in 3e38 }
    let batch = try collect(LineEnvironment(count: 3, horizon: 1), policy, at: address)
    #expect(batch.observations.allSatisfy(\.isFinite) && batch.observations[5] > 1e38)
  }

  /// The engine in SIMD lanes with one row that flies apart.
  private final class ExplodingPhysics: RobotPhysics {
    private let lanes: LanesPhysics
    private let row: Int
    var model: RobotModel { lanes.model }
    var count: Int { lanes.count }

    init(_ lanes: LanesPhysics, row: Int) {
      (self.lanes, self.row) = (lanes, row)
    }

    func reset(row: Int, to state: RobotState) {
      var state = state
      if row == self.row { state.velocities[5] = 1e30 }
      lanes.reset(row: row, to: state)
    }

    func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>) {
      lanes.step(actions: actions, physicsSteps: physicsSteps, displacements: &displacements)
    }

    func observe(into observations: inout MutableSpan<Float>) { lanes.observe(into: &observations) }
    func state(ofRow row: Int) -> RobotState { lanes.state(ofRow: row) }
    func centerOfMass(ofRow row: Int) -> CenterOfMass { lanes.centerOfMass(ofRow: row) }
  }

  @Test func aCheetahThatFliesApartIsNamed() throws {
    let lanes = try LanesPhysics(model: try CheetahDirectionFamily().readModel(), count: 20)
    let environment = LocomotionEnvironment(
      name: "cheetah-dir", physics: ExplodingPhysics(lanes, row: 7), settings: LocomotionSettings())
    let policy = SimplePolicy(deviation: 1, observationSize: 17, actionSize: 6) { _ in 0 }
    let error = #expect(throws: NonFiniteValueError.self) { try collect(environment, policy, at: address) }
    #expect(error?.quantity == .observation && error?.episode == 17 && error?.timeStep == 0)
  }

  @Test(arguments: PhysicsKind.allCases) func aCheetahRunsTheSameWhateverRunsBesideIt(physics: PhysicsKind) throws {
    var family = CheetahDirectionFamily()
    (family.locomotion.horizon, family.physics) = (12, physics)
    let model = try family.readModel()
    let policy = SimplePolicy(deviation: 1, observationSize: 17, actionSize: 6) { $0 }
    let width = 4
    func run(count: Int, firstEpisode: Int) throws -> EpisodeBatch {
      var address = address
      address.episode = UInt32(firstEpisode)
      let environment = try family.makeEnvironment(model, count: count)
      let collector = EpisodeCollector(environment: environment)
      var batch = EpisodeBatch(size: collector.size)
      try collector.collect(into: &batch, task: task, policy: policy, at: address)
      return batch
    }
    let together = try run(count: width, firstEpisode: 0)
    for episode in 0..<width {
      let alone = try run(count: 1, firstEpisode: episode)
      let rewards = (0..<12).map { together.rewards[$0 * width + episode] }
      #expect(alone.rewards == rewards)
      let observed = (0...12).flatMap { time -> ArraySlice<Float> in
        let start = (time * width + episode) * 17
        return together.observations[start..<start + 17]
      }
      #expect(alone.observations == observed)
    }
  }
}
