import CLanes

/// The constants of a robot in the form that the engine in SIMD lanes takes, in single precision, rounded from double.
struct LanesRobot {
  private let model: RobotModel
  /// The joints, whose hinges all turn about +y.
  let joints: [clanes_joint]
  /// The ends of the capsules that touch the ground.
  let contacts: [clanes_contact]
  /// The capsules that may touch each other.
  let pairs: [clanes_pair]
  /// The motors.
  let motors: [clanes_motor]

  /// Computes the constants.
  /// - Throws: `UnsupportedRobotError` where the robot is larger than the engine's tables.
  init(_ model: RobotModel) throws(UnsupportedRobotError) {
    try Self.checkSupport(of: model)
    let model = model.arranged
    self.model = model
    let composites = CompositeLinks(of: model)
    joints = model.joints.indices.map { Self.joint($0, of: model, composites) }
    let inverseWeights = MassMatrix.inverseWeights(of: model)
    contacts = zip(model.bodies, inverseWeights).flatMap { body, weight in
      Self.contacts(of: body, inverseWeight: weight, model)
    }
    pairs = model.pairs.map { Self.pair($0, model, inverseWeights) }
    motors = model.motors.map { motor in
      clanes_motor(joint: Int32(motor.joint), gear: Float(motor.gear * model.joints[motor.joint].sign))
    }
  }

  /// Calls `body` with the robot, whose arrays last as long as the call.
  func withNumbers<Result>(_ body: (inout clanes_robot) -> Result) -> Result {
    joints.withUnsafeBufferPointer { joints in
      contacts.withUnsafeBufferPointer { contacts in
        pairs.withUnsafeBufferPointer { pairs in
          motors.withUnsafeBufferPointer { motors in
            var robot = clanes_robot()
            robot.time_step = Float(model.timeStep)
            (robot.gravity_x, robot.gravity) = (Float(model.gravity.x), Float(model.gravity.z))
            robot.is_runge_kutta = model.integrator == .rungeKutta ? 1 : 0
            robot.is_first_free = model.freeJoint == nil ? 0 : 1
            (robot.joint_count, robot.joints) = (Int32(joints.count), joints.baseAddress)
            (robot.contact_count, robot.contacts) = (Int32(contacts.count), contacts.baseAddress)
            (robot.pair_count, robot.pairs) = (Int32(pairs.count), pairs.baseAddress)
            (robot.motor_count, robot.motors) = (Int32(motors.count), motors.baseAddress)
            return body(&robot)
          }
        }
      }
    }
  }

  /// The name of the compiled tree that moves the robot, or `data`.
  var treeName: String { withNumbers { String(cString: clanes_tree_name(&$0)) } }

  /// Checks that a robot fits the engine's tables.
  static func checkSupport(of model: RobotModel) throws(UnsupportedRobotError) {
    let contacts = model.bodies.reduce(0) { sum, body in
      sum + body.capsules.filter(\.touchesGround).reduce(0) { $0 + ($1.isSphere ? 1 : 2) }
    }
    let sizes = [
      ("joints", model.joints.count, Int(CLANES_MOST_JOINTS)), ("motors", model.motors.count, Int(CLANES_MOST_MOTORS)),
      ("ends of geoms that touch the ground", contacts, Int(CLANES_MOST_CONTACTS)),
      ("pairs of geoms that may touch each other", model.pairs.count, Int(CLANES_MOST_PAIRS)),
    ]
    for (subject, count, most) in sizes where count > most {
      throw UnsupportedRobotError(
        engine: .lanes, subject: subject, expected: "at most \(most)", found: "\(count)")
    }
  }

  // MARK: - Joints

  private static func joint(_ index: Int, of model: RobotModel, _ composites: CompositeLinks) -> clanes_joint {
    let joint = model.joints[index]
    var numbers = clanes_joint()
    numbers.parent = Int32(joint.parent ?? -1)
    if case .slide(let axis) = joint.kind {
      numbers.is_slide = 1
      (numbers.axis_x, numbers.axis_z) = (Float(axis.x), Float(axis.z))
    }
    let isDriven = joint.stiffness != 0 || joint.damping != 0 || model.motors.contains { $0.joint == index }
    numbers.is_driven = isDriven ? 1 : 0
    let groundHeight = joint.parent == nil ? model.ground?.height ?? 0 : 0
    (numbers.anchor_x, numbers.anchor_z) = (Float(joint.anchor.x), Float(joint.anchor.z - groundHeight))
    composites.fill(&numbers, of: index)
    numbers.armature = Float(joint.armature)
    numbers.step_damping = model.integrator == .explicitEuler ? 0 : Float(model.timeStep * joint.damping)
    (numbers.stiffness, numbers.damping) = (Float(joint.stiffness), Float(joint.damping))
    numbers.relaxed = Float(joint.sign * (joint.relaxed - joint.reference))
    if let range = joint.range {
      numbers.is_limited = 1
      let bounds = [range.lowerBound, range.upperBound].map { joint.sign * ($0 - joint.reference) }.sorted()
      // A limit with a margin acts as one that lies so much further inside.
      (numbers.lower, numbers.upper) = (Float(bounds[0] + joint.limitMargin), Float(bounds[1] - joint.limitMargin))
      numbers.inverse_inertia = Float(joint.inverseInertia)
      numbers.softness = softness(joint.limitSoftness, model)
    }
    return numbers
  }

  // MARK: - Contacts

  private static func contacts(
    of body: RobotModel.Body, inverseWeight: Double, _ model: RobotModel
  ) -> [clanes_contact] {
    body.capsules.filter(\.touchesGround).flatMap { capsule in
      let contact = model.groundContact(of: capsule)
      let regularizers = regularizers(of: contact, inverseWeight: inverseWeight)
      return (capsule.isSphere ? [capsule.ends[0]] : capsule.ends).map { end in
        clanes_contact(
          joint: Int32(body.joint), end_x: Float(end.x), end_z: Float(end.z), radius: Float(capsule.radius),
          friction: Float(contact.effectiveFriction), margin: Float(contact.margin),
          normal_softness: Float(regularizers.normal), tangent_softness: Float(regularizers.tangent),
          softness: softness(contact.softness, model))
      }
    }
  }

  private static func pair(_ pair: RobotModel.Pair, _ model: RobotModel, _ inverseWeights: [Double]) -> clanes_pair {
    func depth(_ member: RobotModel.Pair.Member) -> Int { model.depth(ofJoint: model.bodies[member.body].joint) }
    let members = [pair.first, pair.second].sorted { depth($0) < depth($1) }
    let capsules = members.map { model.bodies[$0.body].capsules[$0.capsule] }
    let contact = capsules[0].surface.touching(capsules[1].surface)
    let regularizers = regularizers(
      of: contact, inverseWeight: inverseWeights[members[0].body] + inverseWeights[members[1].body])
    var numbers = clanes_pair()
    (numbers.first, numbers.second) = (
      Int32(model.bodies[members[0].body].joint), Int32(model.bodies[members[1].body].joint)
    )
    numbers.first_x = (Float(capsules[0].ends[0].x), Float(capsules[0].ends[1].x))
    numbers.first_z = (Float(capsules[0].ends[0].z), Float(capsules[0].ends[1].z))
    numbers.second_x = (Float(capsules[1].ends[0].x), Float(capsules[1].ends[1].x))
    numbers.second_z = (Float(capsules[1].ends[0].z), Float(capsules[1].ends[1].z))
    (numbers.first_radius, numbers.second_radius) = (Float(capsules[0].radius), Float(capsules[1].radius))
    (numbers.friction, numbers.margin) = (Float(contact.effectiveFriction), Float(contact.margin))
    (numbers.normal_softness, numbers.tangent_softness) = (Float(regularizers.normal), Float(regularizers.tangent))
    numbers.softness = softness(contact.softness, model)
    return numbers
  }

  /// The regularisers of a contact's rows where the impedance is 1/2.
  ///
  /// MuJoCo gives a frictional contact four edges of a pyramid, each with the regulariser 2 m^2 (1 + m^2) w (1 - d) / d,
  /// where m is the friction, w the inverse weight of the bodies and d the impedance. All four push along the normal; the
  /// two in the plane push along the surface, each with 1 / m of the force. A contact without friction has one row.
  private static func regularizers(
    of contact: RobotModel.Surface, inverseWeight: Double
  ) -> (normal: Double, tangent: Double) {
    guard contact.contactDimensions > 1 else { return (inverseWeight, inverseWeight) }
    // MuJoCo's smallest friction.
    let friction = max(contact.friction, 1e-5)
    let square = friction * friction
    return (square * (1 + square) / 2 * inverseWeight, (1 + square) * inverseWeight)
  }

  /// The coefficients of MuJoCo's reference acceleration -b v - k r, with its bound on the time constant.
  private static func softness(_ softness: RobotModel.ConstraintSoftness, _ model: RobotModel) -> clanes_softness {
    let step = model.timeStep
    let time = max(softness.timeConstant, 2 * step)
    let damping = 2 / (softness.maximumImpedance * time)
    let frequency = 1 / (softness.maximumImpedance * time * softness.dampingRatio)
    return clanes_softness(
      velocity_share: Float(1 - step * damping), step_stiffness: Float(step * frequency * frequency),
      minimum_impedance: Float(softness.minimumImpedance),
      impedance_range: Float(softness.maximumImpedance - softness.minimumImpedance),
      inverse_width: Float(1 / softness.width))
  }
}

/// The inertia of what every joint moves: the constants of the mass matrix in absolute angles.
struct CompositeLinks {
  /// The mass beyond each joint, in kg.
  private(set) var masses: [Double]
  /// First moments of mass in the joints' frames, in kg m: of the links themselves, and of all beyond their hinges as if it
  /// were at these hinges. What lies beyond a slide depends on its position and is left out.
  private(set) var moments: [RobotModel.Vector]
  /// The second moments of the same masses about the joints, in kg m^2; those of hinges with the armatures of the hinge and
  /// of those whose parent frame it turns.
  private(set) var inertias: [Double]

  init(of model: RobotModel) {
    let joints = model.joints
    masses = joints.map { _ in 0 }
    moments = joints.map { _ in .zero }
    inertias = joints.map { _ in 0 }
    for body in model.bodies {
      masses[body.joint] = body.mass
      moments[body.joint] = body.mass * body.centerOfMass
      inertias[body.joint] = body.inertia + body.mass * body.centerOfMass.square
    }
    // Leaves come first, since every joint comes after its parent.
    for index in joints.indices.reversed() {
      let joint = joints[index]
      if !joint.isSlide { inertias[index] += joint.armature }
      guard let parent = joint.parent else { continue }
      masses[parent] += masses[index]
      guard !joint.isSlide else { continue }
      let frame = model.hinge(turning: parent)
      moments[parent] = moments[parent] + masses[index] * joint.anchor
      inertias[parent] += masses[index] * joint.anchor.square + (frame == parent ? joint.armature : 0)
      if let frame, frame != parent { inertias[frame] += joint.armature }
    }
  }

  /// Writes the constants of a joint.
  func fill(_ numbers: inout clanes_joint, of joint: Int) {
    numbers.mass = Float(masses[joint])
    (numbers.moment_x, numbers.moment_z) = (Float(moments[joint].x), Float(moments[joint].z))
    numbers.inertia = Float(inertias[joint])
  }
}

extension RobotModel {
  /// The hinge whose angle the frame of a joint has: the joint itself, or the nearest one on the way to the world; nil where
  /// the frame never turns.
  fileprivate func hinge(turning joint: Int) -> Int? {
    guard joints[joint].isSlide else { return joint }
    return joints[joint].parent.flatMap(hinge)
  }

  /// The number of joints on the way to the world, the joint itself included.
  fileprivate func depth(ofJoint joint: Int) -> Int {
    1 + (joints[joint].parent.map(depth) ?? 0)
  }
}
