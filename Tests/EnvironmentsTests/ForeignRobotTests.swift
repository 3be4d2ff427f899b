import Foundation
import RandomStreams
import Testing

@testable import Environments

/// Robots that people bring, on Box2D, against MuJoCo.
@Suite struct ForeignRobotTests {
  /// Heavy rotors on light limbs, neighbouring limits, and 60 chains drawn from what people build.
  @Test func robotsOfOthersMoveAsInMuJoCo() throws {
    let motions = try RobotOracle.read().motions
    var refused: [String] = []
    for motion in motions {
      let model = try RobotModel(mjcf: Data(motion.xml.utf8), file: motion.name)
      do {
        try PhysicsKind.box2d.prove(model)
      } catch {
        refused.append("\(motion.name): \(error)")
        continue
      }
      let result = try fly(model, motion)
      // The requirement's bound is 5%. In the air a step is MuJoCo's own but for single precision, and an impact at a limit
      // makes more of a difference: hence 2%.
      #expect(abs(result.fastest / motion.fastest - 1) < 0.02, "\(motion.name)")
      let scale = motion.angles.map(abs).max() ?? 0
      for (angle, expected) in zip(result.state.positions.dropFirst(3), motion.angles) {
        #expect(abs(angle - expected) < 0.02 * scale, "\(motion.name)")
      }
      for (speed, expected) in zip(result.state.velocities.dropFirst(3), motion.speeds) {
        #expect(abs(speed - expected) < 0.02 * motion.fastest, "\(motion.name)")
      }
    }
    print("Box2D refuses \(refused.count) of \(motions.count) robots", refused.joined(separator: "; "))
    #expect(refused.isEmpty)
  }

  private func fly(
    _ model: RobotModel, _ motion: RobotOracle.Motion
  ) throws -> (fastest: Double, state: RobotState) {
    let physics = try Box2DPhysics(model: model, count: 1)
    var state = RobotState(referenceOf: model)
    state.positions[1] = 300
    physics.reset(row: 0, to: state)
    var fastest = 0.0
    for _ in 0..<motion.steps {
      physics.step(actions: motion.action, physicsSteps: 1)
      state = physics.state(ofRow: 0)
      fastest = max(fastest, state.velocities.dropFirst(3).map(abs).max() ?? 0)
    }
    return (fastest, state)
  }

  /// The hopper that reached returns of 1,341 under random actions, and the walker.
  @Test func hopperAndWalkerStumbleAsInMuJoCo() throws {
    for walk in try RobotOracle.read().walks {
      let model = try RobotModel(mjcf: Data(walk.xml.utf8), file: walk.name)
      try PhysicsKind.box2d.prove(model)
      let count = 400
      let (returns, states) = try stumble(model, episodes: count)
      let mean = returns.reduce(0, +) / Double(count)
      // Four standard errors of the difference, and Box2D's rigid contacts: a tenth of a deviation.
      let error = 4 * walk.deviation * (1 / Double(count) + 1 / Double(walk.episodes)).squareRoot()
      #expect(abs(mean - walk.mean) < error + 0.1 * walk.deviation, "\(walk.name)")
      let deviation = (returns.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
      #expect(abs(deviation / walk.deviation - 1) < 0.25, "\(walk.name)")
      #expect((returns.max() ?? 0) < 1.5 * walk.largest, "\(walk.name)")
      for (index, expected) in walk.quantiles.enumerated() {
        let values = states.map { $0[index + 1] }.sorted()
        for (share, reference) in zip([0.05, 0.5, 0.95], expected) {
          let value = values[Int(share * Double(values.count - 1))]
          // MuJoCo's soft contacts let the robots sink in by some centimetres, and heights are all that differ by more.
          let bound = (index < 2 ? 0.15 : 0.08) * (expected[2] - expected[0])
          #expect(abs(value - reference) < bound, "\(walk.name), coordinate \(index + 1), quantile \(share)")
        }
      }
    }
  }

  private func stumble(_ model: RobotModel, episodes: Int) throws -> (returns: [Double], states: [[Double]]) {
    let physics = try Box2DPhysics(model: model, count: episodes)
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    for row in 0..<episodes {
      var state = RobotState(referenceOf: model)
      for index in state.positions.indices { state.positions[index] = stream.uniform(in: -0.1...0.1) }
      for index in state.velocities.indices { state.velocities[index] = 0.1 * stream.normal() }
      physics.reset(row: row, to: state)
    }
    var returns = [Double](repeating: 0, count: episodes)
    var states: [[Double]] = []
    var displacements = returns
    for _ in 0..<100 {
      let actions = (0..<(episodes * model.motors.count)).map { _ in Float(stream.uniform(in: -1...1)) }
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: 5, displacements: &room)
      for row in 0..<episodes {
        returns[row] += displacements[row] / (5 * model.timeStep)
        states.append(physics.state(ofRow: row).positions)
      }
    }
    return (returns, states)
  }

  // MARK: - On the ground

  /// What is left alone on the ground loses energy and makes none: chains, and half-cheetahs with heavy rotors.
  @Test func robotsOnTheGroundMakeNoEnergy() throws {
    var models = try RobotOracle.read().motions.map { try RobotModel(mjcf: Data($0.xml.utf8), file: $0.name) }
    for armature in [0.1, 0.5, 1, 2] {
      var model = try RobotModel.halfCheetah()
      for index in model.joints.indices.dropFirst(3) { model.joints[index].armature = armature }
      model.measureJoints()
      models += [model, model, model]
    }
    for (number, model) in models.enumerated() {
      let physics = try Box2DPhysics(model: model, count: 1)
      var stream = RandomAddress(seed: 9, purpose: .test, episode: number).stream
      var state = RobotState(referenceOf: model)
      for index in state.positions.indices { state.positions[index] = stream.uniform(in: -0.3...0.3) }
      state.positions[2] = stream.uniform(in: -3...3)
      state.positions[1] += 0.1 - model.clearance(in: state)
      physics.reset(row: 0, to: state)
      let start = MassMatrix.energy(of: model, in: state)
      var (lowest, highest) = (start, start)
      let idle = [Float](repeating: 0, count: model.motors.count)
      for _ in 0..<300 {
        physics.step(actions: idle, physicsSteps: Int((0.01 / model.timeStep).rounded()))
        let now = MassMatrix.energy(of: model, in: physics.state(ofRow: 0))
        lowest = min(lowest, now)
        highest = max(highest, now)
      }
      // Explicit springs and turning trees make and lose a few percent in MuJoCo's Euler step, too.
      #expect(
        highest - start < 0.05 * (start - lowest), "robot \(number) gains \(highest - start) J of \(start - lowest)")
      #expect(physics.fault(ofRow: 0) == nil)
    }
  }

  /// One joint, a heavy rotor, and a light root that lands on its end: 4.5 J became 19 J in one step.
  @Test func aLandingOnALightLimbMakesNoEnergy() throws {
    let text = """
      <mujoco><option timestep="0.005"/>
      <default><geom type="capsule" size=".04" conaffinity="0"/><motor ctrllimited="true" ctrlrange="-1 1"/></default>
      <worldbody><geom type="plane" size="1 1 1" conaffinity="1"/>
      <body pos="0 0 1"><joint type="slide" axis="1 0 0"/><joint type="slide" axis="0 0 1"/><joint axis="0 1 0"/>
      <geom fromto="0 0 0 .2 0 0" mass="0.1"/>
      <body pos=".2 0 0"><joint name="h0" axis="0 1 0" armature="0.5" damping="1"/>
      <geom fromto="0 0 0 .2 0 0" mass="3"/></body></body></worldbody>
      <actuator><motor joint="h0"/></actuator></mujoco>
      """
    let model = try RobotModel(mjcf: Data(text.utf8), file: "landing.xml")
    let physics = try Box2DPhysics(model: model, count: 1)
    let start = RobotState(positions: [0, -0.5858827669339921, 2.68, -0.72], velocities: [0, 0, 0, 0])
    physics.reset(row: 0, to: start)
    var before = MassMatrix.energy(of: model, in: start)
    for _ in 0..<200 {
      physics.step(actions: [0], physicsSteps: 1)
      let now = MassMatrix.energy(of: model, in: physics.state(ofRow: 0))
      #expect(now < before + 0.02)
      before = now
    }
  }

  // MARK: - The check at load

  /// A motor without a gear, or with hardly any, is no reason to refuse a robot.
  @Test(arguments: [0, 1e-4]) func weakMotorsPassTheCheck(gear: Double) throws {
    var model = try RobotModel.halfCheetah()
    model.motors[2].gear = gear
    try PhysicsKind.box2d.prove(model)
    try PhysicsKind.lanes.prove(model)
  }

  @Test(arguments: PhysicsKind.engines) func enginesPassTheCheckOnTheHalfCheetah(kind: PhysicsKind) throws {
    try kind.prove(.halfCheetah())
  }

  /// An engine that makes a motor or a limit weaker than it is must be found out.
  @Test(arguments: [WrongPhysics.Fault.weakMotor, .softLimits]) func wrongAnswersAreFoundOut(
    fault: WrongPhysics.Fault
  ) throws {
    let check = ResponseCheck(try .halfCheetah())
    let right = try Box2DPhysics(model: check.model, count: check.model.motors.count)
    #expect(check.worstFailure(of: right) == nil)
    let wrong = try WrongPhysics(model: check.model, fault: fault)
    let failure = try #require(check.worstFailure(of: wrong))
    #expect(abs(failure.expected - failure.found) > 0.05 * abs(failure.found))
  }

  /// A robot whose landing makes energy must be found out.
  @Test func energyThatComesFromNothingIsFoundOut() throws {
    let model = try RobotModel.halfCheetah()
    let right = try Box2DPhysics(model: model, count: GroundCheck.rows)
    #expect(GroundCheck(model).failure(of: right) == nil)
    let wrong = try WrongPhysics(model: model, fault: .bouncingGround, count: GroundCheck.rows)
    let failure = try #require(GroundCheck(model).failure(of: wrong))
    #expect(failure.highest > failure.start)
  }

  // MARK: - The cap

  @Test func aRowOfLanesThatLeavesTheFiniteNumbersIsNamed() throws {
    var model = try RobotModel.halfCheetah()
    for index in model.motors.indices { model.motors[index].gear = 1e5 }
    let physics = try LanesPhysics(model: model, count: 2)
    var displacements = [0.0, 0]
    let actions: [Float] = [1, -1, 1, -1, 1, -1, 0, 0, 0, 0, 0, 0]
    for _ in 0..<20 {
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: 5, displacements: &room)
    }
    #expect(physics.fault(ofRow: 0)?.contains("faster than the engine computes") == true)
    let other = physics.fault(ofRow: 1)
    #expect(other == nil)
  }

  @Test func leavingTheGroundIsAFault() throws {
    let physics = try Box2DPhysics(model: try .halfCheetah(), count: 1)
    var state = RobotState(referenceOf: physics.model)
    (state.positions[0], state.velocities[0]) = (3_999, 50)
    physics.reset(row: 0, to: state)
    physics.step(actions: [Float](repeating: 0, count: 6), physicsSteps: 10)
    #expect(physics.fault(ofRow: 0)?.contains("left the ground") == true)
  }

  @Test func aBodyAtBox2DsBoundIsNamed() throws {
    let text = MJCFReaderTests.robot.replacingOccurrences(of: "gear=\"10\"", with: "gear=\"100000\"")
      .replacingOccurrences(of: "range=\"-90 45\"", with: "limited=\"false\"")
    let physics = try Box2DPhysics(model: try RobotModel(mjcf: Data(text.utf8), file: "pair.xml"), count: 2)
    let fault = physics.fault(ofRow: 0)
    #expect(fault == nil)
    var displacements = [0.0, 0]
    var room = displacements.mutableSpan
    physics.step(actions: [Float(1), 0].span, physicsSteps: 20, displacements: &room)
    let told = try #require(physics.fault(ofRow: 0))
    #expect(told.contains("moved faster than Box2D computes") && told.contains("timestep"))
    #expect(physics.fault(ofRow: 1) == nil)
    #expect(displacements[0].isNaN && displacements[1].isFinite)
    var observations = [Float](repeating: 0, count: 14)
    var observed = observations.mutableSpan
    physics.observe(into: &observed)
    #expect(observations[..<7].allSatisfy(\.isNaN) && observations[7...].allSatisfy(\.isFinite))
    physics.reset(row: 0, to: RobotState(referenceOf: physics.model))
    #expect(physics.fault(ofRow: 0) == nil)
  }
}

/// Box2D with a fault.
final class WrongPhysics: RobotPhysics {
  enum Fault { case weakMotor, softLimits, bouncingGround }

  let model: RobotModel
  let count: Int
  private let physics: Box2DPhysics
  private let fault: Fault

  init(model: RobotModel, fault: Fault, count: Int? = nil) throws {
    self.model = model
    self.fault = fault
    self.count = count ?? model.motors.count
    var changed = model
    if fault == .softLimits {
      for index in changed.joints.indices { changed.joints[index].limitSoftness.timeConstant *= 2 }
    }
    physics = try Box2DPhysics(model: changed, count: self.count)
  }

  func reset(row: Int, to state: RobotState) { physics.reset(row: row, to: state) }

  func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>) {
    var weaker = [Float](repeating: 0, count: actions.count)
    for index in weaker.indices {
      weaker[index] = actions[index] * (fault == .weakMotor && index % count == 3 ? 0.9 : 1)
    }
    physics.step(actions: weaker.span, physicsSteps: physicsSteps, displacements: &displacements)
    guard fault == .bouncingGround else { return }
    for row in 0..<count {
      var state = physics.state(ofRow: row)
      guard model.clearance(in: state) < 0 else { continue }
      for index in state.velocities.indices { state.velocities[index] *= 1.5 }
      physics.reset(row: row, to: state)
    }
  }

  func observe(into observations: inout MutableSpan<Float>) { physics.observe(into: &observations) }
  func state(ofRow row: Int) -> RobotState { physics.state(ofRow: row) }
  func centerOfMass(ofRow row: Int) -> CenterOfMass { physics.centerOfMass(ofRow: row) }
}
