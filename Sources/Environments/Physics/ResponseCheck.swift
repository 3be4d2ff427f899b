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

  /// A hinge with a wrong response.
  struct Failure: Hashable {
    /// The index of the hinge's body.
    var body: Int
    /// The index of the motor.
    var motor: Int
    /// The exact velocity of the hinge after one step, in rad/s.
    var expected: Double
    /// The velocity of the hinge with the engine, in rad/s.
    var found: Double
  }

  private let model: RobotModel
  private let poses: [RobotState]

  init(_ model: RobotModel) {
    self.model = model
    poses = Self.poses(of: model)
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
        let scale = max(expected.dropFirst(3).map(abs).max() ?? 0, Self.slowest)
        for body in 1..<model.bodies.count {
          let found = answers[motor].velocities[body + 2]
          let error = abs(found - expected[body + 2]) / scale
          // NaN counts as the largest error.
          guard !(error <= greatestError) else { continue }
          greatestError = error.isNaN ? .infinity : error
          worst = Failure(body: body, motor: motor, expected: expected[body + 2], found: found)
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

  /// The poses in the air, at rest: the reference pose, three bent ones, and two with every limited hinge a little and far
  /// beyond its limit.
  private static func poses(of model: RobotModel) -> [RobotState] {
    var stream = RandomAddress(seed: 0, purpose: .test).stream
    var reference = RobotState(referenceOf: model)
    reference.positions[1] = model.reach + model.ground.height - model.bodies[0].anchor.z
    func pose(_ angle: (RobotModel.Hinge) -> Double) -> RobotState {
      var pose = reference
      for (index, body) in model.bodies.enumerated() {
        if let hinge = body.hinge { pose.positions[index + 2] = angle(hinge) }
      }
      return pose
    }
    let bent = (0..<3).map { _ in pose { stream.uniform(in: $0.range ?? -0.5...0.5) } }
    let beyond = [
      pose { $0.range.map(\.upperBound).map { [width = $0.limitSoftness.width] in $0 + width / 2 } ?? 0 },
      pose { $0.range.map(\.lowerBound).map { [width = $0.limitSoftness.width] in $0 - 2 * width } ?? 0 },
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
      for index in forces.indices { forces[index] += body.mass * model.gravity * motion[index].z }
    }
    var limits: [Limit] = []
    for (index, body) in model.bodies.enumerated() {
      guard let hinge = body.hinge else { continue }
      implicit[index + 2, index + 2] += model.timeStep * hinge.damping
      forces[index + 2] -= hinge.stiffness * pose.positions[index + 2]
      if let limit = Self.limit(hinge, index + 2, pose.positions[index + 2], model.timeStep, inertia) {
        limits.append(limit)
      }
    }
    self.inertia = inertia
    self.implicit = implicit
    self.forces = forces
    self.limits = limits
  }

  private static func limit(
    _ hinge: RobotModel.Hinge, _ coordinate: Int, _ angle: Double, _ step: Double, _ inertia: MassMatrix
  ) -> Limit? {
    guard let range = hinge.range, !range.contains(angle) else { return nil }
    let side = angle > range.upperBound ? 1.0 : -1
    let depth = side > 0 ? angle - range.upperBound : range.lowerBound - angle
    let softness = hinge.limitSoftness
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
      regularizer: (1 - impedance) / impedance * hinge.inverseInertia, response: inertia.solve(torque))
  }

  /// The velocities after one step at full action of a motor.
  func velocities(drivenBy motor: Int) -> [Double] {
    var forces = forces
    forces[model.motors[motor].body + 2] += model.motors[motor].gear
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
  /// The height in metres of the root at which no part of the robot reaches the ground, whatever the pose.
  fileprivate var reach: Double {
    bodies.reduce(1) { sum, body in
      let farthest = body.capsules.flatMap { capsule in capsule.ends.map { $0.length + capsule.radius } }.max() ?? 0
      return sum + (body.parent == nil ? 0 : body.anchor.length) + farthest
    }
  }
}

extension RobotModel.Vector {
  fileprivate var length: Double { (x * x + z * z).squareRoot() }
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
    let driven = try makePhysics(model: model, count: model.motors.count, sweeps: sweeps)
    if let failure = ResponseCheck(model).worstFailure(of: driven) {
      throw UnsupportedRobotError(
        engine: self,
        subject: "joint \(model.label(ofJointTo: failure.body)) under the motor of joint "
          + model.label(ofJointTo: model.motors[failure.motor].body),
        expected: "\(failure.expected.inFourDigits) rad/s after one step, by the mass matrix",
        found: "\(failure.found.inFourDigits) rad/s")
    }
    let falling = try makePhysics(model: model, count: GroundCheck.rows, sweeps: sweeps)
    if let failure = GroundCheck(model).failure(of: falling) {
      throw UnsupportedRobotError(
        engine: self, subject: "robot left alone on the ground",
        expected: "no more energy than the \(failure.start.inFourDigits) J that it starts with",
        found: "\(failure.highest.inFourDigits) J; a smaller timestep may help")
    }
  }
}

extension Double {
  fileprivate var inFourDigits: String { String(format: "%.4g", self) }
}
