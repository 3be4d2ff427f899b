import Foundation
import RandomStreams
import Testing

@testable import Environments

@Suite struct LanesPhysicsTests {
  private func randomActions(_ count: Int, seed: UInt64) -> [Float] {
    var stream = RandomAddress(seed: seed, purpose: .test).stream
    return (0..<count).map { _ in Float(stream.uniform(in: -1...1)) }
  }

  private func start(_ physics: LanesPhysics, row: Int, episode: Int) {
    var stream = RandomAddress(seed: 11, purpose: .test, episode: episode).stream
    physics.reset(
      row: row,
      to: TestRobots.randomState(
        of: physics.model, height: physics.model.joints[1].reference, angles: 0.1, speeds: 0.3, from: &stream))
  }

  private func observations(_ physics: LanesPhysics) -> [Float] {
    let width = 2 * physics.model.joints.count - 1
    var values = [Float](repeating: 0, count: physics.count * width)
    var room = values.mutableSpan
    physics.observe(into: &room)
    return values
  }

  private func bits(_ physics: LanesPhysics, row: Int) -> [UInt32] {
    observations(physics)[row * 17..<row * 17 + 17].map(\.bitPattern)
  }

  private func step(_ physics: LanesPhysics, _ actions: [Float]) {
    var displacements = [Double](repeating: 0, count: physics.count)
    var room = displacements.mutableSpan
    physics.step(actions: actions.span, physicsSteps: 5, displacements: &room)
  }

  // MARK: - MuJoCo as oracle

  @Test func fliesAsInMuJoCo() throws {
    let oracle = try MuJoCoOracle.read()
    #expect(oracle.freeFlight.count == 8)
    var model = try RobotModel.halfCheetah()
    // The oracle's flights are without limits: joints pass theirs by up to 0.3 rad.
    for index in model.joints.indices.dropFirst(3) { model.joints[index].range = -100...100 }
    let physics = try LanesPhysics(model: model, count: oracle.freeFlight.count)
    for (row, flight) in oracle.freeFlight.enumerated() {
      physics.reset(row: row, to: RobotState(positions: flight.position, velocities: flight.velocity))
    }
    for time in 0..<10 {
      step(physics, oracle.freeFlight.flatMap { $0.actions[time] })
      for (row, flight) in oracle.freeFlight.enumerated() {
        let state = physics.state(ofRow: row)
        // The requirement's bounds: 50 steps in single precision.
        for index in 0..<9 {
          #expect(abs(state.positions[index] - flight.positions[time][index]) < 1e-5)
          #expect(abs(state.velocities[index] - flight.velocities[time][index]) < 1e-4)
        }
      }
    }
  }

  @Test func restsAsInMuJoCo() throws {
    let expected = try MuJoCoOracle.read().rest.position
    let physics = try LanesPhysics(model: .halfCheetah(), count: 16)
    for row in 0..<16 { start(physics, row: row, episode: row) }
    for _ in 0..<400 { step(physics, [Float](repeating: 0, count: 96)) }
    for row in 0..<16 {
      let state = physics.state(ofRow: row)
      // The requirement's bounds. Where friction holds the feet depends on how the robot came to rest.
      #expect(abs(state.positions[1] - expected[1]) < 1e-3)
      #expect(abs(state.positions[2] - expected[2]) < 2e-3)
      #expect(state.velocities.allSatisfy { abs($0) < 1e-4 })
    }
  }

  /// 2,000 episodes of 100 steps, five times the oracle's, so that chance is mostly the oracle's own.
  @Test func randomActionsMoveItAsInMuJoCo() throws {
    let oracle = try MuJoCoOracle.read().randomActions
    let count = 2000
    let physics = try LanesPhysics(model: .halfCheetah(), count: count)
    for row in 0..<count {
      var stream = RandomAddress(seed: 12, purpose: .environmentReset, episode: row).stream
      var state = RobotState(referenceOf: physics.model)
      for index in 0..<9 { state.positions[index] = stream.uniform(in: -0.1...0.1) }
      for index in 0..<9 { state.velocities[index] = 0.1 * stream.normal() }
      physics.reset(row: row, to: state)
    }
    var samples = [[Float]](repeating: [], count: 18)
    for time in 0..<100 {
      step(physics, randomActions(count * 6, seed: UInt64(time)))
      // Neighbouring steps say nearly the same.
      guard time >= 20, time % 4 == 0 else { continue }
      for row in 0..<count {
        let state = physics.state(ofRow: row)
        for (index, value) in (state.positions + state.velocities).enumerated() { samples[index].append(Float(value)) }
      }
    }
    for (index, expected) in (oracle.positionQuantiles + oracle.velocityQuantiles).enumerated() {
      samples[index].sort()
      let spread = expected[4] - expected[0]
      for (quantile, reference) in zip(oracle.quantiles, expected) {
        // The requirement's bound, of the spread between the 5% and the 95% quantile, with two known exceptions. Some 5% of
        // the oracle's 400 episodes tip over, so that chance moves its 95% quantile of the pitch: over 2,500 episodes
        // MuJoCo's own lies 10% of the spread from it. And the robot gets further forward than MuJoCo's: by 5.6% over
        // 16,000 episodes, which is not chance; see the article on engines.
        let share = index == 0 ? 0.1 : index == 2 && quantile == 0.95 ? 0.2 : 0.05
        let bound = share * spread
        let value = Double(samples[index][Int(quantile * Double(samples[index].count - 1))])
        #expect(abs(value - reference) < bound, "coordinate \(index), quantile \(quantile)")
      }
    }
  }

  @Test func moreSweepsComeCloserToTheSolution() throws {
    func positions(sweeps: Int) throws -> [Double] {
      let physics = try LanesPhysics(model: .halfCheetah(), count: 64, solver: .init(sweeps: sweeps))
      for row in 0..<64 { start(physics, row: row, episode: row) }
      for time in 0..<10 { step(physics, randomActions(64 * 6, seed: UInt64(time))) }
      return (0..<64).flatMap { physics.state(ofRow: $0).positions }
    }
    let solution = try positions(sweeps: 200)
    let errors = try [2, 4, 8].map { sweeps in
      let errors: [Double] = zip(try positions(sweeps: sweeps), solution).map { abs($0 - $1) }
      return errors.reduce(0, +) / Double(errors.count)
    }
    #expect(errors[1] < errors[0] && errors[2] < errors[1] / 3)
    // A milliradian on average is what four sweeps are chosen for.
    #expect(errors[1] < 2e-3)
  }

  // MARK: - Bits

  /// What an engine of `count` rows observes in its first seven, over 60 steps with contacts and limits.
  private func hash(of model: RobotModel, level: String, count: Int, everyRow: Bool) throws -> UInt64 {
    var solver = LanesPhysics.Solver.standard
    solver.computesEveryRow = everyRow
    let physics = try LanesPhysics(model: model, count: count, solver: solver, level: level)
    for row in 0..<count { start(physics, row: row, episode: row) }
    let width = 2 * model.joints.count - 1
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for time in 0..<60 {
      let actions = (0..<count).flatMap { randomActions(model.motors.count, seed: UInt64(1000 * $0 + time)) }
      step(physics, actions)
      for value in observations(physics).prefix(7 * width) {
        hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
      }
    }
    return hash
  }

  /// A robot of each compiled tree, with its hash.
  struct Golden: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var model: @Sendable () throws -> RobotModel
    var tree: String
    var hash: UInt64
  }

  static let golden = [
    Golden(
      testDescription: "half_cheetah", model: RobotModel.halfCheetah, tree: "two legs", hash: 0x023c_a35c_2727_c611),
    Golden(testDescription: "hopper", model: RobotModel.hopper, tree: "one leg", hash: 0xe4bc_c9e9_ee05_7d16),
    Golden(testDescription: "walker2d", model: RobotModel.walker, tree: "two legs", hash: 0xa06d_4bab_3b14_90b9),
  ]

  /// A compiler that changes a bit is found here. The numbers change with the engine's arithmetic, and only on purpose.
  @Test(arguments: golden) func bitsAreGoldenOnEveryLevelInEveryBatch(_ golden: Golden) throws {
    let model = try golden.model()
    #expect(try LanesRobot(model).treeName == golden.tree)
    let levels = try LanesPhysics.availableLevels(for: model)
    #expect(levels.last == "portable" && levels.first == LanesPhysics.defaultLevel)
    for level in levels {
      for count in [7, 8, 40] {
        for everyRow in [false, true] {
          let hash = try hash(of: model, level: level, count: count, everyRow: everyRow)
          #expect(
            hash == golden.hash,
            "\(level), \(count) rows, every row \(everyRow): \(String(hash, radix: 16))")
        }
      }
    }
  }

  @Test(arguments: ["x86-64-v4", "x86-64-v3", "portable"]) func aRowDoesNotDependOnItsLane(level: String) throws {
    guard try LanesPhysics.availableLevels(for: .halfCheetah()).contains(level) else { return }
    let together = try LanesPhysics(model: .halfCheetah(), count: 37, solver: .standard, level: level)
    let alone = try LanesPhysics(model: .halfCheetah(), count: 1, solver: .standard, level: level)
    start(alone, row: 0, episode: 5)
    for row in 0..<37 { start(together, row: row, episode: row % 3 == 0 ? 5 : row) }
    for time in 0..<40 {
      let actions = randomActions(6, seed: UInt64(time))
      var all = randomActions(37 * 6, seed: UInt64(500 + time))
      for row in stride(from: 0, to: 37, by: 3) { all.replaceSubrange(row * 6..<row * 6 + 6, with: actions) }
      step(alone, actions)
      step(together, all)
      let expected = bits(alone, row: 0)
      for row in stride(from: 0, to: 37, by: 3) { #expect(bits(together, row: row) == expected) }
    }
  }

  // MARK: - State

  @Test func aDivergingRowIsNotANumberAndLeavesItsNeighboursAlone() throws {
    let healthy = try LanesPhysics(model: .halfCheetah(), count: 16)
    let ill = try LanesPhysics(model: .halfCheetah(), count: 16)
    for row in 0..<16 {
      start(healthy, row: row, episode: row)
      start(ill, row: row, episode: row)
    }
    var state = ill.state(ofRow: 3)
    state.velocities[4] = 1e30
    ill.reset(row: 3, to: state)
    state.velocities[4] = .infinity
    ill.reset(row: 9, to: state)
    for time in 0..<20 {
      let actions = randomActions(96, seed: UInt64(time))
      step(healthy, actions)
      step(ill, actions)
      for row in 0..<16 {
        let found = bits(ill, row: row)
        if row == 3 || row == 9 {
          let areNaN = found.allSatisfy { Float(bitPattern: $0).isNaN }
          #expect(areNaN)
        } else {
          #expect(found == bits(healthy, row: row))
        }
      }
    }
    start(ill, row: 3, episode: 3)
    start(ill, row: 9, episode: 9)
    #expect(observations(ill).allSatisfy { $0.isFinite })
  }

  @Test func aSnapshotHoldsAllOfTheFuture() throws {
    let first = try LanesPhysics(model: .halfCheetah(), count: 5)
    let second = try LanesPhysics(model: .halfCheetah(), count: 3)
    for row in 0..<5 { start(first, row: row, episode: row) }
    for time in 0..<25 { step(first, randomActions(30, seed: UInt64(time))) }
    second.restore(row: 1, to: first.snapshot(ofRow: 4))
    // The state alone is not enough: it lacks the impulses.
    second.reset(row: 2, to: first.state(ofRow: 4))
    for time in 0..<25 {
      let actions = randomActions(6, seed: UInt64(100 + time))
      step(first, [[Float]](repeating: actions, count: 5).flatMap { $0 })
      step(second, [[Float]](repeating: actions, count: 3).flatMap { $0 })
      #expect(first.snapshot(ofRow: 4) == second.snapshot(ofRow: 1))
    }
    #expect(first.snapshot(ofRow: 4) != second.snapshot(ofRow: 2))
  }

  @Test func aResetForgetsTheImpulses() throws {
    let used = try LanesPhysics(model: .halfCheetah(), count: 1)
    for time in 0..<25 { step(used, randomActions(6, seed: UInt64(time))) }
    let fresh = try LanesPhysics(model: .halfCheetah(), count: 1)
    start(used, row: 0, episode: 1)
    start(fresh, row: 0, episode: 1)
    #expect(used.snapshot(ofRow: 0) == fresh.snapshot(ofRow: 0))
  }

  @Test func stateComesBackAsItWasSet() throws {
    let physics = try LanesPhysics(model: .halfCheetah(), count: 1)
    var stream = RandomAddress(seed: 6, purpose: .test).stream
    let state = TestRobots.randomState(of: physics.model, height: 1, angles: 1, speeds: 3, from: &stream)
    physics.reset(row: 0, to: state)
    let read = physics.state(ofRow: 0)
    for index in state.positions.indices {
      // Rounded to single precision as absolute angles of up to 4 rad and spins of up to 12 rad/s.
      #expect(abs(read.positions[index] - state.positions[index]) < 1e-6)
      #expect(abs(read.velocities[index] - state.velocities[index]) < 3e-6)
    }
  }

  /// In the air only gravity is external: p_x stays and p_z falls.
  @Test func momentumIsKeptInTheAir() throws {
    let physics = try LanesPhysics(model: .halfCheetah(), count: 1)
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    physics.reset(
      row: 0, to: TestRobots.randomState(of: physics.model, height: 4, angles: 0.3, speeds: 2, from: &stream))
    let start = physics.centerOfMass(ofRow: 0)
    for time in 0..<10 { step(physics, randomActions(6, seed: UInt64(time))) }
    let end = physics.centerOfMass(ofRow: 0)
    // 50 steps of single precision on numbers up to 10. Euler's step keeps momentum to the first order in h only where
    // angles turn within a step: the centre's velocity is measured after the turn.
    #expect(abs(end.velocityZ - start.velocityZ + 9.81 * 0.5) < 0.05)
    #expect(abs(end.velocityX - start.velocityX) < 0.05)
  }
}
