import Foundation
import RandomStreams

/// Compares an engine's response of a robot to a torque with the exact response of the mass matrix.
///
/// An engine may be right for one robot and wrong for another: an iteration that suffices for the half-cheetah does not
/// for light limbs behind heavy rotors. Each robot is therefore tried with the engine that will move it: at rest in the
/// air, in the reference pose, bent at random, and with its limited hinges beyond their limits, one motor at a time.
struct ResponseCheck {
  /// The largest accepted error of a hinge's velocity, as a share of the fastest hinge's velocity.
  static let tolerance = 0.05
  /// The slowest motion, in rad/s, that is distinguishable from the rounding of single precision.
  private static let slowest = 1e-3

  /// A joint with a wrong response.
  struct Failure: Hashable {
    /// The index of the joint.
    var joint: Int
    /// The index of the motor.
    var motor: Int
    /// The exact velocity of the joint after one step, in rad/s or m/s.
    var expected: Double
    /// The velocity of the joint with the engine, in rad/s or m/s.
    var found: Double
  }

  /// The robot that is tried, which touches nothing and takes Euler's steps.
  let model: RobotModel
  private let poses: [RobotState]

  init(_ model: RobotModel) {
    var airborne = model
    airborne.ground = nil
    airborne.pairs = []
    if airborne.integrator == .rungeKutta { airborne.integrator = .euler }
    for body in airborne.bodies.indices {
      for capsule in airborne.bodies[body].capsules.indices {
        airborne.bodies[body].capsules[capsule].touchesGround = false
      }
    }
    self.model = airborne
    poses = Self.poses(of: airborne)
  }

  /// The worst response of an engine that has a row for each motor; nil if all are within the tolerance.
  func worstFailure(of physics: any RobotPhysics) -> Failure? {
    precondition(physics.count == model.motors.count, "\(physics.count) rows for \(model.motors.count) motors")
    var worst: Failure?
    var greatestError = Self.tolerance
    for pose in poses {
      let exact = ExactResponse(of: model, at: pose)
      let answers = answers(of: physics, at: pose)
      for motor in model.motors.indices {
        let expected = exact.velocities(drivenBy: motor)
        let scale = max(model.posedJoints.map { abs(expected[$0]) }.max() ?? 0, Self.slowest)
        for joint in model.posedJoints {
          let found = answers[motor].velocities[joint]
          let error = abs(found - expected[joint]) / scale
          // NaN counts as the largest error.
          guard !(error <= greatestError) else { continue }
          greatestError = error.isNaN ? .infinity : error
          worst = Failure(joint: joint, motor: motor, expected: expected[joint], found: found)
        }
      }
    }
    return worst
  }

  /// The states one step after `pose`, where each row drives the motor of its number at full action.
  private func answers(of physics: any RobotPhysics, at pose: RobotState) -> [RobotState] {
    let count = model.motors.count
    for row in 0..<count { physics.reset(row: row, to: pose) }
    var actions = [Float](repeating: 0, count: count * count)
    for motor in 0..<count { actions[motor * (count + 1)] = 1 }
    var displacements = [Double](repeating: 0, count: count)
    var room = displacements.mutableSpan
    physics.step(actions: actions.span, physicsSteps: 1, displacements: &room)
    return (0..<count).map(physics.state(ofRow:))
  }

  /// The poses, at rest: the reference pose, three bent ones, and two with every limited joint a little and far beyond its
  /// limit.
  private static func poses(of model: RobotModel) -> [RobotState] {
    var stream = RandomAddress(seed: 0, purpose: .test).stream
    let reference = RobotState(referenceOf: model)
    func pose(_ position: (RobotModel.Joint) -> Double) -> RobotState {
      var pose = reference
      for joint in model.posedJoints { pose.positions[joint] = position(model.joints[joint]) }
      return pose
    }
    let bent = (0..<3).map { _ in pose { stream.uniform(in: $0.range ?? $0.reference - 0.5...$0.reference + 0.5) } }
    let beyond = [
      pose { joint in joint.range.map { $0.upperBound + joint.limitSoftness.width / 2 } ?? joint.reference },
      pose { joint in joint.range.map { $0.lowerBound - 2 * joint.limitSoftness.width } ?? joint.reference },
    ]
    return [reference] + bent + beyond
  }
}

/// The exact velocities one step after a pose at rest, from the mass matrix: MuJoCo's Euler step, with limits solved by
/// projected Gauss-Seidel to convergence.
private struct ExactResponse {
  private let model: RobotModel
  private let inertia: MassMatrix
  private let implicit: MassMatrix
  /// The forces of gravity and springs, for each coordinate.
  private let forces: [Double]
  private let limits: [Limit]

  private struct Limit {
    var coordinate: Int
    var side: Double
    /// The acceleration back into the range that the limit requires.
    var reference: Double
    /// The decrease of the required acceleration for a unit of the limit's torque.
    var regularizer: Double
    /// The acceleration of the robot by a unit of the limit's torque.
    var response: [Double]
  }

  init(of model: RobotModel, at pose: RobotState) {
    self.model = model
    let inertia = MassMatrix(of: model, at: pose.positions)
    var implicit = inertia
    var forces = [Double](repeating: 0, count: model.coordinateCount)
    for (body, motion) in zip(model.bodies, MassMatrix.motions(of: model, at: pose.positions)) {
      for index in forces.indices {
        forces[index] += body.mass * (model.gravity.x * motion[index].x + model.gravity.z * motion[index].z)
      }
    }
    var limits: [Limit] = []
    for (index, joint) in model.joints.enumerated() {
      if model.integrator == .euler { implicit[index, index] += model.timeStep * joint.damping }
      forces[index] -= joint.stiffness * (pose.positions[index] - joint.relaxed)
      if let limit = Self.limit(joint, index, pose.positions[index], model.timeStep, inertia) { limits.append(limit) }
    }
    self.inertia = inertia
    self.implicit = implicit
    self.forces = forces
    self.limits = limits
  }

  private static func limit(
    _ joint: RobotModel.Joint, _ coordinate: Int, _ position: Double, _ step: Double, _ inertia: MassMatrix
  ) -> Limit? {
    guard let range = joint.range else { return nil }
    let side = range.upperBound - position < position - range.lowerBound ? 1.0 : -1
    let depth = joint.limitMargin + (side > 0 ? position - range.upperBound : range.lowerBound - position)
    guard depth > 0 else { return nil }
    let softness = joint.limitSoftness
    let share = min(depth / softness.width, 1)
    let rise = share < 0.5 ? 2 * share * share : 1 - 2 * (1 - share) * (1 - share)
    let span = softness.maximumImpedance - softness.minimumImpedance
    let impedance = min(max(softness.minimumImpedance + rise * span, 1e-4), 0.9999)
    let time = max(softness.timeConstant, 2 * step)
    let frequency = 1 / (softness.maximumImpedance * time * softness.dampingRatio)
    var torque = [Double](repeating: 0, count: inertia.size)
    torque[coordinate] = 1
    return Limit(
      coordinate: coordinate, side: side, reference: impedance * frequency * frequency * depth,
      regularizer: (1 - impedance) / impedance * joint.inverseInertia, response: inertia.solve(torque))
  }

  /// The velocities after one step at full action of a motor.
  func velocities(drivenBy motor: Int) -> [Double] {
    var forces = forces
    forces[model.motors[motor].joint] += model.motors[motor].gear
    let pushes = solveLimits(under: forces)
    for (limit, push) in zip(limits, pushes) { forces[limit.coordinate] -= limit.side * push }
    return implicit.solve(forces).map { $0 * model.timeStep }
  }

  /// The torques of the limits, each of which pushes back into its range.
  private func solveLimits(under forces: [Double]) -> [Double] {
    var pushes = [Double](repeating: 0, count: limits.count)
    guard !limits.isEmpty else { return pushes }
    var accelerations = inertia.solve(forces)
    for _ in 0..<10_000 {
      var change = 0.0
      for (index, limit) in limits.enumerated() {
        let own = limit.response[limit.coordinate] + limit.regularizer
        let lack =
          limit.reference + limit.side * accelerations[limit.coordinate] - limit.regularizer * pushes[index]
        let push = max(pushes[index] + lack / own, 0)
        let step = push - pushes[index]
        guard step != 0 else { continue }
        for row in accelerations.indices { accelerations[row] -= limit.side * step * limit.response[row] }
        pushes[index] = push
        change = max(change, abs(step) / max(push, 1e-9))
      }
      if change < 1e-9 { break }
    }
    return pushes
  }
}

extension RobotModel {
  /// The joints that a pose bends: those below a root that moves freely.
  var posedJoints: Range<Int> { (isFloatingTree ? 3 : freeJoint == 0 ? 1 : 0)..<coordinateCount }
}

extension PhysicsKind {
  /// Tries a robot on the engine and throws if the engine does not move it correctly; see `ResponseCheck` and
  /// `GroundCheck`.
  ///
  /// It takes some milliseconds for a robot of ten bodies.
  /// - Parameters:
  ///   - model: the robot.
  ///   - sweeps: the number of sweeps over all constraints in a physics step; nil for the engine's default.
  public func prove(_ model: RobotModel, sweeps: Int? = nil) throws(UnsupportedRobotError) {
    try checkSupport(of: model)
    let response = ResponseCheck(model)
    // Lanes start from the impulses of the step before, which a single step from rest does not have: it has the sweeps of
    // some steps instead. Joints need no sweeps there, and limits settle within a few milliseconds.
    let own = sweeps ?? LanesPhysics.Solver.standard.sweeps
    let driven = try makePhysics(
      model: response.model, count: model.motors.count,
      sweeps: resolved(for: model) == .lanes ? own * LanesPhysics.Solver.settlingSteps : sweeps)
    if let failure = response.worstFailure(of: driven) {
      let unit = model.joints[failure.joint].isSlide ? "m/s" : "rad/s"
      throw UnsupportedRobotError(
        engine: resolved(for: model),
        subject: "joint \(model.label(ofJoint: failure.joint)) under the motor of joint "
          + model.label(ofJoint: model.motors[failure.motor].joint),
        expected: "\(failure.expected.inFourDigits) \(unit) after one step, by the mass matrix",
        found: "\(failure.found.inFourDigits) \(unit)")
    }
    guard model.hasContacts else { return }
    let falling = try makePhysics(model: model, count: GroundCheck.rows, sweeps: sweeps)
    if let failure = GroundCheck(model).failure(of: falling) {
      throw UnsupportedRobotError(
        engine: resolved(for: model), subject: "robot left alone on the ground",
        expected: "no more energy than the \(failure.start.inFourDigits) J that it starts with",
        found: "\(failure.highest.inFourDigits) J; a smaller timestep may help")
    }
  }
}

extension Double {
  fileprivate var inFourDigits: String { String(format: "%.4g", self) }
}
