import Foundation
import RandomStreams
import Testing

@testable import Environments

@Suite struct Box2DPhysicsTests {
  private let idle = [Float](repeating: 0, count: 6)

  @Test func restsWithTheTorsoAtSixtyCentimetres() throws {
    let model = try RobotModel.halfCheetah()
    let physics = Box2DPhysics(model: model, count: 8)
    for row in 0..<8 {
      var stream = RandomAddress(seed: 3, purpose: .test, episode: row).stream
      physics.reset(row: row, to: TestRobots.randomState(of: model, height: 0, angles: 0.1, speeds: 0.1, from: &stream))
    }
    physics.step(actions: idle, physicsSteps: 1000)
    for row in 0..<8 {
      let state = physics.state(ofRow: row)
      // The bound is the requirement's; MuJoCo with hardened contacts rests at 0.596 m.
      #expect(abs(0.7 + state.positions[1] - 0.6) <= 0.01)
      // At rest for 10 s, what moves is what the solver leaves: below a millimetre a second.
      #expect(state.velocities.allSatisfy { abs($0) < 1e-3 })
    }
  }

  /// In the air only gravity is external: p_x stays and the centre of mass falls by Box2D's rule, z += h (v += h g).
  @Test func fliesAsAParabolaWhateverTheLimbsDo() throws {
    let model = try RobotModel.halfCheetah()
    let physics = Box2DPhysics(model: model, count: 4)
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    for row in 0..<4 {
      physics.reset(row: row, to: TestRobots.randomState(of: model, height: 4, angles: 0.3, speeds: 2, from: &stream))
    }
    let start = (0..<4).map(physics.centerOfMass(ofRow:))
    var steps = 0.0
    for _ in 0..<10 {
      physics.step(actions: (0..<6).map { _ in Float(stream.uniform(in: -1...1)) }, physicsSteps: 5)
      steps += 5
      let time = steps * model.timeStep
      let fall = 0.5 * model.gravity * model.timeStep * model.timeStep * steps * (steps + 1)
      for row in 0..<4 {
        let now = physics.centerOfMass(ofRow: row)
        // 50 steps of single precision on numbers up to 5: some 50 x 5 x 6e-8.
        #expect(abs(now.velocityX - start[row].velocityX) < 2e-5)
        #expect(abs(now.velocityZ - start[row].velocityZ - model.gravity * time) < 2e-5)
        #expect(abs(now.x - start[row].x - start[row].velocityX * time) < 2e-5)
        #expect(abs(now.z - start[row].z - start[row].velocityZ * time - fall) < 2e-5)
      }
    }
  }

  /// A torque on one hinge against the exact (M + A + hD + h^2 K)^-1, in several poses, for one step and for an action.
  @Test(arguments: [1, 2, 5]) func hingesAnswerTorquesWithinFivePercent(steps: Int) throws {
    var model = try RobotModel.halfCheetah()
    model.gravity = 0
    var stream = RandomAddress(seed: 5, purpose: .test).stream
    let poses =
      [RobotState(referenceOf: model)]
      + (0..<4).map { _ in TestRobots.randomState(of: model, height: 9, angles: 0.35, speeds: 0, from: &stream) }
    for pose in poses {
      // The springs move a bent robot too: what the torque does is the difference to its twin without one.
      let physics = Box2DPhysics(model: model, count: 7)
      for row in 0..<7 { physics.reset(row: row, to: pose) }
      var actions = [Float](repeating: 0, count: 42)
      for motor in 0..<6 { actions[motor * 6 + motor] = 0.1 }
      var displacements = [Double](repeating: 0, count: 7)
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: steps, displacements: &room)
      let twin = physics.state(ofRow: 6).velocities
      for motor in 0..<6 {
        let expected = exactResponse(of: model, at: pose.positions, motor: motor, torque: 0.1, steps: steps)
        let response = physics.state(ofRow: motor).velocities[motor + 3] - twin[motor + 3]
        // The requirement's bound.
        #expect(abs(response / expected - 1) < 0.05, "motor \(motor)")
      }
    }
  }

  /// The hinge's velocity after `steps` steps from rest, of the robot linearised about a pose.
  private func exactResponse(
    of model: RobotModel, at pose: [Double], motor: Int, torque: Double, steps: Int
  ) -> Double {
    let step = model.timeStep
    let inertia = MassMatrix(of: model, at: pose)
    var implicit = inertia
    let hinges = model.bodies.map { $0.hinge }
    for (index, hinge) in hinges.enumerated() {
      guard let hinge else { continue }
      implicit[index + 2, index + 2] += step * hinge.damping + step * step * hinge.stiffness
    }
    var positions = [Double](repeating: 0, count: pose.count)
    var velocities = positions
    let driven = model.motors[motor].body + 2
    for _ in 0..<steps {
      var impulse = pose.indices.map { row in
        pose.indices.reduce(0.0) { $0 + inertia[row, $1] * velocities[$1] }
      }
      for (index, hinge) in hinges.enumerated() {
        impulse[index + 2] -= step * (hinge?.stiffness ?? 0) * positions[index + 2]
      }
      impulse[driven] += step * torque * model.motors[motor].gear
      velocities = implicit.solve(impulse)
      for index in positions.indices { positions[index] += step * velocities[index] }
    }
    return velocities[driven]
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
  ]) func fliesNearlyAsInMuJoCo(
    positions: [Double], velocities: [Double], actions: [Float], expected: [Double]
  ) throws {
    let physics = Box2DPhysics(model: try .halfCheetah(), count: 1)
    physics.reset(row: 0, to: RobotState(positions: positions, velocities: velocities))
    physics.step(actions: actions, physicsSteps: 5)
    let reached = physics.state(ofRow: 0).positions
    // MuJoCo's springs are explicit: without h^2 K the joints answer faster, by up to 0.08 rad over a turn of 0.45. The
    // root follows from the momenta of the limbs, a tenth of that.
    for index in 0..<3 { #expect(abs(reached[index] - expected[index]) < 0.01) }
    for index in 3..<9 { #expect(abs(reached[index] - expected[index]) < 0.1) }
  }

  @Test(arguments: [(0.4, 0.1), (0.1, 0.4), (0.7, 0.2)]) func theRougherSurfaceDecidesFriction(
    limb: Double, ground: Double
  ) throws {
    let model = try TestRobots.sledge(
      limbFriction: limb, groundFriction: ground, hinge: "stiffness=\"10\" damping=\"1\"")
    let physics = Box2DPhysics(model: model, count: 1)
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
    model.gravity = 0
    let physics = Box2DPhysics(model: model, count: 1)
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
    model.gravity = 0
    let physics = Box2DPhysics(model: model, count: 1)
    physics.step(actions: [action], physicsSteps: 200)
    let state = physics.state(ofRow: 0)
    let limit = action > 0 ? 0.8 : -0.5
    // MuJoCo's soft limit at rest: torque x inverse inertia = d^2 / (1 - d) k r with k = 3906 s^-2 and d = 0.8 beyond 0.03.
    let hingeInertia = try #require(model.bodies[1].hinge).inverseInertia
    let depth = 100 * hingeInertia * (1 - 0.8) / (0.8 * 0.8 * 3906.25)
    #expect(depth > 0.03)
    // Within the sag that the slow sweeps leave.
    #expect(abs(abs(state.positions[3] - limit) - depth) < 0.1 * depth)
    #expect(abs(state.velocities[3]) < 1e-3)
  }

  @Test func stateComesBackAsItWasSet() throws {
    let model = try RobotModel.halfCheetah()
    let physics = Box2DPhysics(model: model, count: 1)
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
