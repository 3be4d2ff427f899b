import Foundation
import RandomStreams
import Testing

@testable import Environments

/// The engine in lanes on Gymnasium's planar robots, with MuJoCo as oracle.
@Suite struct PlanarRobotTests {
  private func step(_ physics: LanesPhysics, _ actions: [Float], physicsSteps: Int) {
    var displacements = [Double](repeating: 0, count: physics.count)
    var room = displacements.mutableSpan
    physics.step(actions: actions.span, physicsSteps: physicsSteps, displacements: &room)
  }

  /// The robot without anything that it could touch, and without limits.
  private func airborne(_ model: RobotModel) -> RobotModel {
    var model = ResponseCheck(model).model
    for joint in model.joints.indices { model.joints[joint].range = nil }
    return model
  }

  @Test(arguments: PlanarRobotOracle.names) func massesAndInverseInertiasAreMuJoCos(_ name: String) throws {
    let oracle = try PlanarRobotOracle.read(name)
    let model = try TestRobots.gymnasium(name)
    // Nine digits are stored.
    func expect(_ value: Double, _ expected: Double) {
      #expect(abs(value - expected) <= 2e-8 * max(1, abs(expected)), "\(value), \(expected)")
    }
    #expect(model.timeStep == oracle.time_step && model.joints.count == oracle.joints.count)
    expect(model.mass, oracle.mass)
    for (body, expected) in zip(model.bodies, oracle.bodies) {
      expect(body.mass, expected.mass)
      expect(body.inertia, expected.inertia)
    }
    for (weight, expected) in zip(MassMatrix.inverseWeights(of: model), oracle.bodies) {
      expect(weight, expected.invweight0[0])
    }
    for (joint, expected) in zip(model.joints, oracle.joints) {
      #expect(joint.isSlide == (expected.type == "slide") && (joint.range != nil) == expected.limited)
      expect(joint.reference, expected.ref)
      expect(joint.armature, expected.armature)
      expect(joint.damping, expected.damping)
      expect(joint.inverseInertia, expected.dof_invweight0)
      if let range = joint.range { expect(range.lowerBound, expected.range[0]) }
    }
  }

  @Test(arguments: PlanarRobotOracle.names) func fliesAsInMuJoCo(_ name: String) throws {
    let flights = try PlanarRobotOracle.read(name).free_flight
    let source = try TestRobots.gymnasium(name)
    var model = airborne(source)
    model.integrator = source.integrator
    let physics = try LanesPhysics(model: model, count: flights.cases.count)
    for (row, flight) in flights.cases.enumerated() {
      physics.reset(row: row, to: RobotState(positions: flight.qpos, velocities: flight.qvel))
    }
    for record in flights.cases[0].actions.indices {
      step(physics, flights.cases.flatMap { $0.actions[record] }, physicsSteps: flights.steps)
      for (row, flight) in flights.cases.enumerated() {
        let state = physics.state(ofRow: row)
        // Single precision rounds by 1e-7 in each step; a flight whose growth is large is chaotic.
        let share = max(1, flight.growth / 20)
        for joint in model.joints.indices {
          #expect(abs(state.positions[joint] - flight.positions[record][joint]) < 1e-4 * share, "\(row), \(record)")
          #expect(abs(state.velocities[joint] - flight.velocities[record][joint]) < 1e-3 * share, "\(row), \(record)")
        }
      }
    }
  }

  @Test(arguments: PlanarRobotOracle.names) func lanesAreProvenOnIt(_ name: String) throws {
    try PhysicsKind.lanes.prove(TestRobots.gymnasium(name))
  }

  /// The accelerations of states at rest or in motion, by one step that is too short to go anywhere.
  private func accelerations(
    of model: RobotModel, in states: [RobotState], actions: [Float], sweeps: Int, step seconds: Double
  ) throws -> [[Double]] {
    var model = model
    model.integrator = .rungeKutta
    // The time constants of constraints keep their bound, which is twice the file's own step.
    let bound = 2 * model.timeStep
    for joint in model.joints.indices {
      model.joints[joint].limitSoftness.timeConstant = max(bound, model.joints[joint].limitSoftness.timeConstant)
    }
    model.timeStep = seconds
    let physics = try LanesPhysics(model: model, count: states.count, solver: .init(sweeps: sweeps))
    for (row, state) in states.enumerated() { physics.reset(row: row, to: state) }
    step(physics, actions, physicsSteps: 1)
    return states.enumerated().map { row, state in
      zip(physics.state(ofRow: row).velocities, state.velocities).map { ($0 - $1) / seconds }
    }
  }

  @Test(arguments: PlanarRobotOracle.names) func torquesAccelerateItAsInMuJoCo(_ name: String) throws {
    let oracle = try PlanarRobotOracle.read(name)
    let model = airborne(try TestRobots.gymnasium(name))
    let motors = model.motors.count
    for pose in oracle.torque_response {
      let state = RobotState(positions: pose.qpos, velocities: pose.qpos.map { _ in 0 })
      var actions = [Float](repeating: 0, count: (motors + 1) * motors)
      for motor in 0..<motors { actions[(motor + 1) * motors + motor] = 1 }
      let found = try accelerations(
        of: model, in: Array(repeating: state, count: motors + 1), actions: actions, sweeps: 1, step: 1e-3)
      for (motor, expected) in pose.response.enumerated() {
        let scale = expected.map(abs).max() ?? 1
        for joint in expected.indices {
          // What a millisecond turns, and single precision.
          #expect(abs(found[motor + 1][joint] - found[0][joint] - expected[joint]) < 2e-2 * scale)
        }
      }
    }
  }

  /// Contacts that slide are not compared: MuJoCo's pyramid of friction pushes apart what slides, and a cone does not.
  @Test(arguments: PlanarRobotOracle.names) func limitsAndContactsPushAsInMuJoCo(_ name: String) throws {
    let oracle = try PlanarRobotOracle.read(name)
    let model = try TestRobots.gymnasium(name)
    let contacts = (oracle.contact ?? []).filter { contact in
      contact.qvel.allSatisfy { $0 == 0 } || ["self_leg", "self_foot"].contains(contact.kind)
    }
    let moments = oracle.limit + contacts
    #expect(moments.count > (oracle.contact == nil ? 3 : 4))
    let states = moments.map { RobotState(positions: $0.qpos, velocities: $0.qvel) }
    let rest = [Float](repeating: 0, count: moments.count * model.motors.count)
    let found = try accelerations(of: model, in: states, actions: rest, sweeps: 500, step: 1e-4)
    for (moment, accelerations) in zip(moments, found) {
      let scale = moment.qacc.map(abs).max() ?? 1
      for joint in moment.qacc.indices {
        let difference = abs(accelerations[joint] - moment.qacc[joint])
        #expect(
          difference < 0.02 * scale,
          "\(moment.kind ?? "limit"), joint \(joint): \(accelerations[joint]), \(moment.qacc[joint])")
      }
    }
  }

  @Test(arguments: PlanarRobotOracle.names) func restsWhereMuJoCoRests(_ name: String) throws {
    guard let rest = try PlanarRobotOracle.read(name).rest else { return }
    let model = try TestRobots.gymnasium(name)
    let physics = try LanesPhysics(model: model, count: 1)
    physics.reset(row: 0, to: RobotState(positions: rest.qpos, velocities: rest.qpos.map { _ in 0 }))
    step(
      physics, [Float](repeating: 0, count: model.motors.count), physicsSteps: Int((2 / model.timeStep).rounded()))
    let state = physics.state(ofRow: 0)
    for (joint, position) in rest.qpos.enumerated() {
      // The requirement's bounds.
      #expect(abs(state.positions[joint] - position) < (model.joints[joint].isSlide ? 0.002 : 0.005), "joint \(joint)")
    }
  }

  @Test(arguments: PlanarRobotOracle.names) func randomActionsMoveItAsInMuJoCo(_ name: String) throws {
    let oracle = try PlanarRobotOracle.read(name).random_actions
    let model = try TestRobots.gymnasium(name)
    let count = 1000
    let physics = try LanesPhysics(model: model, count: count)
    func noise(_ noise: PlanarRobotOracle.RandomActions.Noise, _ stream: inout RandomStream) -> Double {
      noise.shape == "normal" ? noise.size * stream.normal() : stream.uniform(in: -noise.size...noise.size)
    }
    for row in 0..<count {
      var stream = RandomAddress(seed: 12, purpose: .environmentReset, episode: row).stream
      var state = RobotState(referenceOf: model)
      for joint in model.joints.indices { state.positions[joint] += noise(oracle.position_noise, &stream) }
      for joint in model.joints.indices { state.velocities[joint] = noise(oracle.velocity_noise, &stream) }
      physics.reset(row: row, to: state)
    }
    var samples = [[Double]](repeating: [], count: 2 * model.coordinateCount)
    var actions = RandomAddress(seed: 13, purpose: .test).stream
    for time in 1...oracle.control_steps {
      let row = (0..<count).flatMap { _ in
        model.motors.map { Float(actions.uniform(in: $0.actionRange ?? -1...1)) }
      }
      step(physics, row, physicsSteps: oracle.frame_skip)
      guard oracle.recorded_steps.contains(time) else { continue }
      for row in 0..<count {
        let state = physics.state(ofRow: row)
        for (index, value) in (state.positions + state.velocities).enumerated() { samples[index].append(value) }
      }
    }
    for index in samples.indices {
      samples[index].sort()
      let isPosition = index < model.coordinateCount
      let joint = isPosition ? index : index - model.coordinateCount
      let expected = (isPosition ? oracle.qpos : oracle.qvel).map { $0[joint] }
      let errors = (isPosition ? oracle.qpos_error : oracle.qvel_error).map { $0[joint] }
      let spread = expected[4] - expected[0]
      for (level, quantile) in oracle.levels.enumerated() {
        let value = samples[index][Int(quantile * Double(samples[index].count - 1))]
        // The requirement's bound, beside the chance of both samples: the pendulum lies on one side or the other.
        #expect(
          abs(value - expected[level]) < 0.05 * spread + 5 * errors[level],
          "coordinate \(index), quantile \(quantile): \(value), \(expected[level]), spread \(spread)")
      }
    }
  }

  /// A hopper whose limbs do not touch each other leaves the places of such contacts empty, on every level and in every group.
  @Test func placesThatAreNotUsedChangeNothing() throws {
    var model = try TestRobots.gymnasium("hopper")
    model.pairs = []
    var found: [[RobotState]] = []
    for level in try LanesPhysics.availableLevels(for: model) {
      for readsTree in [false, true] {
        var solver = LanesPhysics.Solver.standard
        solver.readsTree = readsTree
        let physics = try LanesPhysics(model: model, count: 40, solver: solver, level: level)
        var stream = RandomAddress(seed: 3, purpose: .test).stream
        for row in 0..<40 {
          physics.reset(
            row: row, to: TestRobots.randomState(of: model, height: 0, angles: 0.2, speeds: 0.5, from: &stream))
        }
        for _ in 0..<10 {
          step(physics, (0..<120).map { _ in Float(stream.uniform(in: -1...1)) }, physicsSteps: 4)
        }
        found.append((0..<40).map(physics.state(ofRow:)))
      }
    }
    #expect(found.allSatisfy { $0 == found[0] })
  }

  /// A tree as data and the same one compiled in are one text, and have the same bits.
  @Test(arguments: ["half_cheetah", "hopper", "walker2d"]) func aCompiledTreeAndDataHaveTheSameBits(_ name: String)
    throws
  {
    let model = try TestRobots.gymnasium(name)
    #expect(try LanesRobot(model).treeName != "data")
    var solver = LanesPhysics.Solver.standard
    let compiled = try LanesPhysics(model: model, count: 20, solver: solver)
    solver.readsTree = true
    let data = try LanesPhysics(model: model, count: 20, solver: solver)
    var stream = RandomAddress(seed: 3, purpose: .test).stream
    for row in 0..<20 {
      let state = TestRobots.randomState(of: model, height: 0, angles: 0.2, speeds: 0.5, from: &stream)
      compiled.reset(row: row, to: state)
      data.reset(row: row, to: state)
    }
    for _ in 0..<40 {
      let actions = (0..<20 * model.motors.count).map { _ in Float(stream.uniform(in: -1...1)) }
      step(compiled, actions, physicsSteps: 5)
      step(data, actions, physicsSteps: 5)
      for row in 0..<20 { #expect(compiled.state(ofRow: row) == data.state(ofRow: row)) }
    }
  }
}
