import CBox2D

/// The Box2D engine: many robots, one world for each.
///
/// In the air a step is MuJoCo's Euler step: a hinge responds to a torque by (M + A + hD)^-1, and limits are soft by
/// MuJoCo's law and solved together. Contacts are Box2D's, which are rigid. The loop over rows, steps and hinges runs
/// behind the C interface.
public final class Box2DPhysics: RobotPhysics {
  /// The robot in every row.
  public let model: RobotModel
  /// The number of rows.
  public let count: Int
  private let pool: OpaquePointer
  private let coordinates: RobotCoordinates

  /// The numbers of Box2D's sweeps in a step.
  public struct Iterations: Hashable, Sendable {
    /// The number of sweeps over joints and contacts that correct velocities.
    public var velocity: Int
    /// The number of sweeps that pull joints together and bodies out of the ground.
    public var position: Int

    /// Creates numbers of sweeps; both must be positive.
    public init(velocity: Int, position: Int) {
      precondition(velocity > 0 && position > 0, "iterations \(velocity) and \(position) are not positive")
      self.velocity = velocity
      self.position = position
    }

    /// The default numbers of sweeps. Box2D starts from the solution of its own problem, so that sweeps only correct
    /// rounding and the gaps at hinges: a single sweep comes within 1e-6 rad (median) of 200 on the half-cheetah, and 4
    /// suffice for robots of any mass ratio that was tried.
    public static let standard = Iterations(velocity: 4, position: 1)
  }

  /// Creates `count` robots, in the reference pose at rest.
  /// - Throws: `UnsupportedRobotError` where the robot has what Box2D does not move as MuJoCo does.
  public init(model: RobotModel, count: Int, iterations: Iterations = .standard) throws(UnsupportedRobotError) {
    precondition(count > 0, "\(count) is not a number of robots")
    try Self.checkSupport(of: model)
    self.model = model
    self.count = count
    coordinates = RobotCoordinates(of: model, hasSigns: false)
    pool = Self.makePool(model.arranged, count: count, iterations: iterations)
    let state = RobotState(referenceOf: model)
    for row in 0..<count { reset(row: row, to: state) }
  }

  deinit {
    cbox2d_pool_destroy(pool)
  }

  /// Resets a row in a fresh world, since a used one would give other bits.
  public func reset(row: Int, to state: RobotState) {
    checkReset(row: row, to: state)
    let displacement = coordinates.displacement(of: state)
    cbox2d_pool_reset(pool, Int32(row), displacement.positions, displacement.velocities)
  }

  /// Moves every row; see ``RobotPhysics/step(actions:physicsSteps:displacements:)``.
  public func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>) {
    checkStep(actions: actions.count, physicsSteps: physicsSteps, displacements: displacements.count)
    actions.withUnsafeBufferPointer { actions in
      displacements.withUnsafeMutableBufferPointer { displacements in
        guard let actions = actions.baseAddress, let displacements = displacements.baseAddress else { return }
        cbox2d_pool_step(pool, actions, Int32(physicsSteps), displacements)
      }
    }
  }

  /// Writes the positions but x, and the velocities, of every row: [count, 2 coordinates - 1].
  public func observe(into observations: inout MutableSpan<Float>) {
    checkObservations(observations.count)
    observations.withUnsafeMutableBufferPointer { buffer in
      guard let address = buffer.baseAddress else { return }
      cbox2d_pool_observe(pool, address)
      coordinates.restore(buffer)
    }
  }

  /// Reads the state of a row.
  public func state(ofRow row: Int) -> RobotState {
    checkRow(row)
    var state = RobotState(referenceOf: model)
    cbox2d_pool_read(pool, Int32(row), &state.positions, &state.velocities)
    return coordinates.state(of: state)
  }

  /// The reason why a row's observations are NaN: the body that reached Box2D's bound on velocities, or that the robot
  /// left the ground. Nil while they are finite.
  public func fault(ofRow row: Int) -> String? {
    checkRow(row)
    let body = Int(cbox2d_pool_capped_body(pool, Int32(row)))
    guard body >= 0 else { return nil }
    guard abs(state(ofRow: row).positions[model.freeJoint ?? 0]) < CBOX2D_GROUND_REACH else {
      return "the robot left the ground, which ends \(Int(CBOX2D_GROUND_REACH)) m from the start"
    }
    return
      "body \(model.label(ofBody: body)) moved faster than Box2D computes: expected less than a quarter of a turn and "
      + "2 m in a step of \(model.timeStep) s; a smaller timestep or weaker gears may help"
  }

  /// Reads the centre of mass of a row.
  public func centerOfMass(ofRow row: Int) -> CenterOfMass {
    checkRow(row)
    var center = [0.0, 0, 0, 0]
    cbox2d_pool_read_center(pool, Int32(row), &center)
    return CenterOfMass(x: center[0], z: center[1], velocityX: center[2], velocityZ: center[3])
  }

  private static func makePool(_ model: RobotModel, count: Int, iterations: Iterations) -> OpaquePointer {
    let bodies = model.bodies.map { shimBody($0, of: model) }
    let discs = model.bodies.enumerated().flatMap { index, body in
      body.capsules.filter(\.touchesGround).flatMap { shimDiscs($0, body: index, of: model) }
    }
    let motors = model.motors.map { cbox2d_motor(body: Int32($0.joint - 2), gear: $0.gear) }
    let pool = bodies.withUnsafeBufferPointer { bodies in
      discs.withUnsafeBufferPointer { discs in
        motors.withUnsafeBufferPointer { motors in
          var robot = cbox2d_robot(
            bodies: bodies.baseAddress, body_count: Int32(bodies.count),
            discs: discs.baseAddress, disc_count: Int32(discs.count),
            motors: motors.baseAddress, motor_count: Int32(motors.count),
            gravity: model.gravity.z, ground_height: model.ground?.height ?? 0, time_step: model.timeStep,
            velocity_iterations: Int32(iterations.velocity), position_iterations: Int32(iterations.position))
          return cbox2d_pool_create(&robot, Int32(count))
        }
      }
    }
    guard let pool else { preconditionFailure("no memory for \(count) robots") }
    return pool
  }

  private static func shimBody(_ body: RobotModel.Body, of model: RobotModel) -> cbox2d_body {
    let hinge = model.joints[body.joint]
    // The root's slides carry it to where its hinge is.
    let anchor = body.parent == nil ? model.joints[0].anchor : hinge.anchor
    let softness = hinge.limitSoftness
    return cbox2d_body(
      parent: Int32(body.parent ?? -1), anchor_x: anchor.x, anchor_z: anchor.z,
      center_x: body.centerOfMass.x, center_z: body.centerOfMass.z, mass: body.mass, inertia: body.inertia,
      axis: hinge.sign, stiffness: hinge.stiffness, damping: hinge.damping,
      armature: hinge.armature, limited: hinge.range == nil ? 0 : 1,
      lower: (hinge.range?.lowerBound).map { $0 - hinge.reference } ?? 0,
      upper: (hinge.range?.upperBound).map { $0 - hinge.reference } ?? 0, limit_time_constant: softness.timeConstant,
      limit_damping_ratio: softness.dampingRatio, limit_minimum_impedance: softness.minimumImpedance,
      limit_maximum_impedance: softness.maximumImpedance, limit_width: softness.width,
      limit_inverse_inertia: body.parent == nil ? 0 : hinge.inverseInertia)
  }

  private static func shimDiscs(
    _ capsule: RobotModel.Capsule, body: Int, of model: RobotModel
  ) -> [cbox2d_disc] {
    // The two ends of a sphere coincide.
    let ends = capsule.isSphere ? [capsule.ends[0]] : capsule.ends
    return ends.map { end in
      cbox2d_disc(
        body: Int32(body), x: end.x, z: end.z, radius: capsule.radius,
        friction: model.groundContact(of: capsule).effectiveFriction)
    }
  }
}

extension Box2DPhysics {
  /// Checks that a robot has nothing that Box2D, or what is around it here, does not move as MuJoCo does.
  static func checkSupport(of model: RobotModel) throws(UnsupportedRobotError) {
    func fault(_ subject: String, _ expected: String, _ found: String) -> UnsupportedRobotError {
      UnsupportedRobotError(engine: .box2d, subject: subject, expected: expected, found: found)
    }
    guard model.isFloatingTree else {
      throw fault(
        "joints", "a root that moves freely by slides along x and z and a hinge, and one hinge for every other body",
        "others")
    }
    guard model.gravity.x == 0 else { throw fault("gravity along x", "0", "\(model.gravity.x)") }
    guard model.integrator == .euler else { throw fault("integrator", "Euler", model.integrator.rawValue) }
    if let pair = model.pairs.first {
      let labels = [pair.first, pair.second].map {
        model.label(of: model.bodies[$0.body].capsules[$0.capsule], ofBody: $0.body)
      }
      throw fault("\(labels[0]) and \(labels[1])", "limbs that do not touch each other", "limbs that may")
    }
    for (index, body) in model.bodies.enumerated() {
      for capsule in body.capsules where capsule.touchesGround && model.groundContact(of: capsule).margin != 0 {
        throw fault(
          "margin of \(model.label(of: capsule, ofBody: index)) and the ground", "0",
          "\(model.groundContact(of: capsule).margin)")
      }
    }
    for (index, joint) in model.joints.enumerated() {
      if joint.stiffness != 0, joint.relaxed != joint.reference {
        throw fault(
          "springref of joint \(model.label(ofJoint: index))", "that of the reference pose, \(joint.reference)",
          "\(joint.relaxed)")
      }
      if joint.range != nil, joint.limitMargin != 0 {
        throw fault("margin of joint \(model.label(ofJoint: index))", "0", "\(joint.limitMargin)")
      }
    }
    if let motor = model.motors.first(where: { $0.joint < 3 }) {
      throw fault(
        "motor on joint \(model.label(ofJoint: motor.joint))", "a hinge below the root", "a joint of the root")
    }
  }
}
