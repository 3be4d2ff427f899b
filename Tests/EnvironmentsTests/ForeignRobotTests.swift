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
      let result = fly(model, motion)
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
  ) -> (fastest: Double, state: RobotState) {
    let physics = Box2DPhysics(model: model, count: 1)
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
    let physics = Box2DPhysics(model: model, count: episodes)
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

  // MARK: - The check at load

  @Test(arguments: PhysicsKind.allCases) func enginesPassTheCheckOnTheHalfCheetah(kind: PhysicsKind) throws {
    try kind.prove(.halfCheetah())
  }

  /// An engine that makes a motor or a limit weaker than it is must be found out.
  @Test(arguments: [WrongPhysics.Fault.weakMotor, .softLimits]) func wrongAnswersAreFoundOut(
    fault: WrongPhysics.Fault
  ) throws {
    let model = try RobotModel.halfCheetah()
    let right = Box2DPhysics(model: model, count: model.motors.count)
    #expect(ResponseCheck(model).worstFailure(of: right) == nil)
    let wrong = WrongPhysics(model: model, fault: fault)
    let failure = try #require(ResponseCheck(model).worstFailure(of: wrong))
    #expect(abs(failure.expected - failure.found) > 0.05 * abs(failure.found))
  }

  // MARK: - The cap

  @Test func aBodyAtBox2DsBoundIsNamed() throws {
    let text = MJCFReaderTests.robot.replacingOccurrences(of: "gear=\"10\"", with: "gear=\"100000\"")
      .replacingOccurrences(of: "range=\"-90 45\"", with: "limited=\"false\"")
    let physics = Box2DPhysics(model: try RobotModel(mjcf: Data(text.utf8), file: "pair.xml"), count: 2)
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
  enum Fault { case weakMotor, softLimits }

  let model: RobotModel
  let count: Int
  private let physics: Box2DPhysics
  private let fault: Fault

  init(model: RobotModel, fault: Fault) {
    self.model = model
    self.fault = fault
    count = model.motors.count
    var changed = model
    if fault == .softLimits {
      for index in changed.bodies.indices { changed.bodies[index].hinge?.limitSoftness.timeConstant *= 2 }
    }
    physics = Box2DPhysics(model: changed, count: count)
  }

  func reset(row: Int, to state: RobotState) { physics.reset(row: row, to: state) }

  func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>) {
    var weaker = [Float](repeating: 0, count: actions.count)
    for index in weaker.indices {
      weaker[index] = actions[index] * (fault == .weakMotor && index % count == 3 ? 0.9 : 1)
    }
    physics.step(actions: weaker.span, physicsSteps: physicsSteps, displacements: &displacements)
  }

  func observe(into observations: inout MutableSpan<Float>) { physics.observe(into: &observations) }
  func state(ofRow row: Int) -> RobotState { physics.state(ofRow: row) }
  func centerOfMass(ofRow row: Int) -> CenterOfMass { physics.centerOfMass(ofRow: row) }
}
