import Foundation
import RandomStreams
import Testing

@testable import Environments

@Suite struct Box2DPhysicsTests {
  private let idle = [Float](repeating: 0, count: 6)

  @Test func restsWithTheTorsoAtSixtyCentimetres() throws {
    let model = try RobotModel.halfCheetah()
    let physics = try Box2DPhysics(model: model, count: 8)
    for row in 0..<8 {
      var stream = RandomAddress(seed: 3, purpose: .test, episode: row).stream
      physics.reset(row: row, to: TestRobots.randomState(of: model, height: 0, angles: 0.1, speeds: 0.1, from: &stream))
    }
    physics.step(actions: idle, physicsSteps: 1000)
    for row in 0..<8 {
      let state = physics.state(ofRow: row)
      // MuJoCo with hardened contacts rests at 0.594 to 0.597 m: where the feet stick depends on the fall.
      #expect(abs(0.7 + state.positions[1] - 0.596) <= 0.01)
      // At rest for 10 s, what moves is what the solver leaves: below a millimetre a second.
      #expect(state.velocities.allSatisfy { abs($0) < 1e-3 })
    }
  }

  /// In the air only gravity is external: the centre of mass follows a parabola. MuJoCo's Euler step, which Box2D's ends as,
  /// is of first order and keeps to it only as far as the step is short: with a quarter of it the error is a quarter.
  @Test func fliesAsAParabolaToFirstOrder() throws {
    var model = try RobotModel.halfCheetah()
    let coarse = try distanceFromParabola(model, seconds: 0.5)
    model.timeStep /= 4
    let fine = try distanceFromParabola(model, seconds: 0.5)
    #expect(coarse < 0.01)
    #expect(fine > 0 && abs(coarse / fine - 4) < 1)
  }

  /// The largest distance in metres of four robots' centres of mass from their parabolas, under torques by the time.
  private func distanceFromParabola(_ model: RobotModel, seconds: Double) throws -> Double {
    let physics = try Box2DPhysics(model: model, count: 4)
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    for row in 0..<4 {
      physics.reset(row: row, to: TestRobots.randomState(of: model, height: 4, angles: 0.3, speeds: 2, from: &stream))
    }
    let start = (0..<4).map(physics.centerOfMass(ofRow:))
    let actionSeconds = 0.05
    for _ in 0..<Int((seconds / actionSeconds).rounded()) {
      let actions = (0..<6).map { _ in Float(stream.uniform(in: -0.5...0.5)) }
      physics.step(actions: actions, physicsSteps: Int((actionSeconds / model.timeStep).rounded()))
    }
    // Falling by v += h g, z += h v is exact in this sum.
    let fall = 0.5 * model.gravity.z * seconds * (seconds + model.timeStep)
    return (0..<4).map { row in
      let now = physics.centerOfMass(ofRow: row)
      let x = now.x - start[row].x - start[row].velocityX * seconds
      let z = now.z - start[row].z - start[row].velocityZ * seconds - fall
      return (x * x + z * z).squareRoot()
    }.max() ?? 0
  }

  /// A torque on one hinge against the exact (M + A + hD)^-1, in several poses.
  @Test func hingesAnswerTorquesExactly() throws {
    var model = try RobotModel.halfCheetah()
    model.gravity = .zero
    var stream = RandomAddress(seed: 5, purpose: .test).stream
    let poses =
      [RobotState(referenceOf: model)]
      + (0..<4).map { _ in TestRobots.randomState(of: model, height: 9, angles: 0.35, speeds: 0, from: &stream) }
    for pose in poses {
      // The springs move a bent robot too: what the torque does is the difference to its twin without one.
      let physics = try Box2DPhysics(model: model, count: 7)
      for row in 0..<7 { physics.reset(row: row, to: pose) }
      var actions = [Float](repeating: 0, count: 42)
      for motor in 0..<6 { actions[motor * 6 + motor] = 0.1 }
      var displacements = [Double](repeating: 0, count: 7)
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: 1, displacements: &room)
      let twin = physics.state(ofRow: 6).velocities
      for motor in 0..<6 {
        let expected = exactResponse(of: model, at: pose.positions, motor: motor, torque: 0.1)
        for coordinate in 0..<9 {
          let response = physics.state(ofRow: motor).velocities[coordinate] - twin[coordinate]
          // Single precision, of velocities up to 1.
          #expect(abs(response - expected[coordinate]) < 1e-5, "motor \(motor), coordinate \(coordinate)")
        }
      }
    }
  }

  /// The velocities after a step from rest.
  private func exactResponse(of model: RobotModel, at pose: [Double], motor: Int, torque: Double) -> [Double] {
    var implicit = MassMatrix(of: model, at: pose)
    for body in model.bodies {
      implicit[body.joint, body.joint] += model.timeStep * model.joints[body.joint].damping
    }
    var impulse = [Double](repeating: 0, count: pose.count)
    impulse[model.motors[motor].joint] = model.timeStep * torque * model.motors[motor].gear
    return implicit.solve(impulse)
  }

  /// One action in the air against MuJoCo 4.0, from two states with the joints near their middle and at 0.26 to 0.29 rad.
  @Test(arguments: [
    (
      [0, 2, 0.142221, -0.210099, 0.200057, 0.054057, 0.091734, -0.05305, 0.255071],
      [-0.264211, 0.42512, 0.581122, 0.990297, 0.580686, 1.165313, -1.708627, 0.035251, 0.613087],
      [Float(0.73924), 0.613093, 0.4059, -0.989345, 0.579847, 0.907458],
      [-0.008863, 2.017266, 0.155265, 0.117824, 0.167302, 0.143365, -0.347621, 0.335123, 0.41672]
    ),
    (
      [0, 2, 0.285477, 0.109612, 0.157084, -0.149047, 0.156559, 0.120697, 0.190851],
      [-1.278246, -0.13016, 0.315947, 0.633793, -0.409058, 0.831199, 0.719867, 0.494043, 0.20101],
      [Float(-0.244156), -0.195497, 0.582945, 0.992023, -0.687723, -0.511818],
      [-0.064552, 1.971797, 0.350735, 0.007285, -0.007175, 0.235698, 0.487513, -0.269305, -0.062381]
    ),
  ]) func fliesAsInMuJoCo(
    positions: [Double], velocities: [Double], actions: [Float], expected: [Double]
  ) throws {
    let physics = try Box2DPhysics(model: try .halfCheetah(), count: 1)
    physics.reset(row: 0, to: RobotState(positions: positions, velocities: velocities))
    physics.step(actions: actions, physicsSteps: 5)
    let reached = physics.state(ofRow: 0).positions
    // Five steps of single precision, and the expected numbers have six digits.
    for index in 0..<9 { #expect(abs(reached[index] - expected[index]) < 5e-6, "coordinate \(index)") }
  }

  /// Half a second of random actions in the air, without limits.
  @Test func fliesHalfASecondAsInMuJoCo() throws {
    let oracle = try MuJoCoOracle.read()
    var model = try RobotModel.halfCheetah()
    for index in model.joints.indices { model.joints[index].range = nil }
    let physics = try Box2DPhysics(model: model, count: oracle.freeFlight.count)
    for (row, flight) in oracle.freeFlight.enumerated() {
      physics.reset(row: row, to: RobotState(positions: flight.position, velocities: flight.velocity))
    }
    var displacements = [Double](repeating: 0, count: physics.count)
    for time in 0..<10 {
      let actions = oracle.freeFlight.flatMap { $0.actions[time] }
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: 5, displacements: &room)
      for (row, flight) in oracle.freeFlight.enumerated() {
        let state = physics.state(ofRow: row)
        for index in 0..<9 {
          // Fifty steps of single precision.
          #expect(abs(state.positions[index] - flight.positions[time][index]) < 1e-4)
          #expect(abs(state.velocities[index] - flight.velocities[time][index]) < 1e-3)
        }
      }
    }
  }

  @Test(arguments: [(0.4, 0.1), (0.1, 0.4), (0.7, 0.2)]) func theRougherSurfaceDecidesFriction(
    limb: Double, ground: Double
  ) throws {
    let model = try TestRobots.sledge(
      limbFriction: limb, groundFriction: ground, hinge: "stiffness=\"10\" damping=\"1\"")
    let physics = try Box2DPhysics(model: model, count: 1)
    physics.step(actions: [0], physicsSteps: 100)
    var state = physics.state(ofRow: 0)
    state.velocities[0] = 3
    physics.reset(row: 0, to: state)
    // The first steps settle the contact.
    physics.step(actions: [0], physicsSteps: 5)
    let before = physics.centerOfMass(ofRow: 0).velocityX
    physics.step(actions: [0], physicsSteps: 20)
    let deceleration = (before - physics.centerOfMass(ofRow: 0).velocityX) / 0.2
    // Box2D bounds friction by the normal impulse of the sweep before: within 1%.
    #expect(abs(deceleration / (max(limb, ground) * 9.81) - 1) < 0.01)
  }

  @Test func aHingeWithoutSpringAndDamperTurnsFreely() throws {
    var model = try TestRobots.sledge(limbFriction: 0, groundFriction: 0, hinge: "")
    model.gravity = .zero
    let physics = try Box2DPhysics(model: model, count: 1)
    var state = RobotState(referenceOf: model)
    state.positions[1] = 1
    state.velocities[3] = 7
    physics.reset(row: 0, to: state)
    physics.step(actions: [0], physicsSteps: 100)
    // A second of single precision.
    #expect(abs(physics.state(ofRow: 0).velocities[3] - 7) < 1e-4)
    #expect(abs(physics.state(ofRow: 0).positions[3] - 7) < 1e-4)
  }

  @Test(arguments: [Float(1), -1]) func limitsHoldAgainstTheMotor(action: Float) throws {
    let hinge = "range=\"-0.5 0.8\" armature=\"0.1\" solreflimit=\"0.02 1\" solimplimit=\"0 0.8 0.03\""
    var model = try TestRobots.sledge(limbFriction: 0, groundFriction: 0, hinge: hinge)
    model.gravity = .zero
    let physics = try Box2DPhysics(model: model, count: 1)
    physics.step(actions: [action], physicsSteps: 200)
    let state = physics.state(ofRow: 0)
    let limit = action > 0 ? 0.8 : -0.5
    // MuJoCo's soft limit at rest: torque x inverse inertia = d^2 / (1 - d) k r with k = 3906 s^-2 and d = 0.8 beyond 0.03.
    let hingeInertia = model.joints[3].inverseInertia
    let depth = 100 * hingeInertia * (1 - 0.8) / (0.8 * 0.8 * 3906.25)
    #expect(depth > 0.03)
    // Within the sag that the slow sweeps leave.
    #expect(abs(abs(state.positions[3] - limit) - depth) < 0.1 * depth)
    #expect(abs(state.velocities[3]) < 1e-3)
  }

  @Test func stateComesBackAsItWasSet() throws {
    let model = try RobotModel.halfCheetah()
    let physics = try Box2DPhysics(model: model, count: 1)
    var stream = RandomAddress(seed: 6, purpose: .test).stream
    let state = TestRobots.randomState(of: model, height: 1, angles: 1, speeds: 3, from: &stream)
    physics.reset(row: 0, to: state)
    let read = physics.state(ofRow: 0)
    // Rounded to single precision, and for angles twice.
    for index in state.positions.indices {
      #expect(abs(read.positions[index] - state.positions[index]) < 1e-6)
      #expect(abs(read.velocities[index] - state.velocities[index]) < 3e-6)
    }
    #expect(abs(physics.centerOfMass(ofRow: 0).velocityX) < 100)
  }
}
