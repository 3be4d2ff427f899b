import CLanes

/// The constants of a robot in the form that the engine in SIMD lanes takes, after a check that it is the robot that the
/// engine is compiled for: a torso with two legs of three limbs, two capsules on the torso and one on every limb.
struct LanesRobot {
  /// The constants in single precision, rounded from double.
  let numbers: clanes_robot

  /// Throws at the first property that the engine is not compiled for.
  init(_ model: RobotModel) throws(UnsupportedRobotError) {
    try Self.check(model)
    let hinges = model.bodies.compactMap(\.hinge)
    let contacts = Contact.all(of: model)
    let limitSoftness = try Self.common(hinges.map(\.limitSoftness), "softness of limits")
    let contactSoftness = try Self.common(contacts.map(\.softness), "softness of contacts")
    var numbers = clanes_robot()
    numbers.time_step = Float(model.timeStep)
    numbers.gravity = Float(model.gravity)
    numbers.root_height = Float(model.bodies[0].anchor.z - model.ground.height)
    numbers.mass = Float(model.mass)
    numbers.limit = Self.nativeSoftness(limitSoftness, step: model.timeStep)
    numbers.contact = Self.nativeSoftness(contactSoftness, step: model.timeStep)
    Self.fillBodies(&numbers, model)
    Self.fillContacts(&numbers, contacts)
    self.numbers = numbers
  }

  // MARK: - The check

  private static let parents: [Int?] = [nil, 0, 1, 2, 0, 4, 5]
  private static let capsuleCounts = [2, 1, 1, 1, 1, 1, 1]

  private static func check(_ model: RobotModel) throws(UnsupportedRobotError) {
    guard model.bodies.count == parents.count else {
      throw .lanes("bodies", "\(parents.count), a torso with two legs of three limbs", "\(model.bodies.count)")
    }
    for (index, (parent, capsules)) in zip(parents, capsuleCounts).enumerated() {
      let body = model.bodies[index]
      func name(_ parent: Int?) -> String { parent.map { model.label(ofBody: $0) } ?? "none" }
      guard body.parent == parent else {
        throw .lanes("parent of body \(model.label(ofBody: index))", name(parent), name(body.parent))
      }
      let touching = body.capsules.filter(\.touchesGround)
      guard touching.count == capsules else {
        throw .lanes(
          "geoms of body \(model.label(ofBody: index)) that touch the ground", "\(capsules)", "\(touching.count)")
      }
      for capsule in touching {
        let label = capsule.name.map { "geom '\($0)'" } ?? "a geom of body \(model.label(ofBody: index))"
        guard capsule.ends[0] != capsule.ends[1] else { throw .lanes(label, "a capsule", "a sphere") }
        guard max(capsule.contactDimensions, model.ground.contactDimensions) == 3 else {
          throw .lanes("condim of \(label) and the ground", "3", "1")
        }
      }
      guard let hinge = body.hinge else { continue }
      guard hinge.axis == 1 else { throw .lanes("axis of joint \(model.label(ofJointTo: index))", "0 1 0", "0 -1 0") }
      guard hinge.range != nil else { throw .lanes("joint \(model.label(ofJointTo: index))", "limits", "none") }
    }
    let driven = model.motors.map(\.body)
    guard driven == Array(1..<parents.count) else {
      throw .lanes(
        "motors", "one for each hinge, in the order of the bodies",
        "bodies \(driven.map { model.label(ofBody: $0) }.joined(separator: ", "))")
    }
  }

  private static func common(
    _ softness: [RobotModel.ConstraintSoftness], _ subject: String
  ) throws(UnsupportedRobotError) -> RobotModel.ConstraintSoftness {
    for other in softness where other != softness[0] {
      throw .lanes(subject, "the same solref and solimp everywhere", "\(softness[0]) and \(other)")
    }
    return softness[0]
  }

  // MARK: - The constants

  /// The coefficients of MuJoCo's reference acceleration -b v - k r, with its bound on the time constant.
  private static func nativeSoftness(_ softness: RobotModel.ConstraintSoftness, step: Double) -> clanes_softness {
    let time = max(softness.timeConstant, 2 * step)
    let damping = 2 / (softness.maximumImpedance * time)
    let frequency = 1 / (softness.maximumImpedance * time * softness.dampingRatio)
    return clanes_softness(
      velocity_share: Float(1 - step * damping), step_stiffness: Float(step * frequency * frequency),
      minimum_impedance: Float(softness.minimumImpedance),
      impedance_range: Float(softness.maximumImpedance - softness.minimumImpedance),
      inverse_width: Float(1 / softness.width))
  }

  private static func fillBodies(_ numbers: inout clanes_robot, _ model: RobotModel) {
    let composite = CompositeBodies(of: model)
    fill(&numbers.moment_x, composite.moments.map(\.x))
    fill(&numbers.moment_z, composite.moments.map(\.z))
    fill(&numbers.diagonal, composite.diagonal)
    fill(&numbers.coupling, composite.couplings)
    fill(&numbers.step_damping, model.bodies.map { model.timeStep * ($0.hinge?.damping ?? 0) })
    fill(&numbers.anchor_x, model.bodies.map(\.anchor.x))
    fill(&numbers.anchor_z, model.bodies.map(\.anchor.z))
    let hinges = model.bodies.map(\.hinge)
    fill(&numbers.stiffness, hinges.map { $0?.stiffness ?? 0 })
    fill(&numbers.damping, hinges.map { $0?.damping ?? 0 })
    fill(&numbers.lower, hinges.map { $0?.range?.lowerBound ?? 0 })
    fill(&numbers.upper, hinges.map { $0?.range?.upperBound ?? 0 })
    fill(&numbers.limit_inverse_inertia, hinges.map { $0?.inverseInertia ?? 0 })
    fill(&numbers.gear, [0] + model.motors.map(\.gear))
  }

  private static func fillContacts(_ numbers: inout clanes_robot, _ contacts: [Contact]) {
    fill(&numbers.end_x, contacts.map(\.end.x))
    fill(&numbers.end_z, contacts.map(\.end.z))
    fill(&numbers.radius, contacts.map(\.radius))
    fill(&numbers.friction, contacts.map(\.friction))
    fill(&numbers.normal_softness, contacts.map(\.normalSoftness))
    fill(&numbers.tangent_softness, contacts.map(\.tangentSoftness))
  }

  /// Writes a C array, which Swift sees as a tuple.
  private static func fill<Tuple>(_ tuple: inout Tuple, _ values: [Double]) {
    withUnsafeMutableBytes(of: &tuple) { bytes in
      let floats = bytes.bindMemory(to: Float.self)
      precondition(floats.count == values.count, "\(values.count) numbers for \(floats.count)")
      for (index, value) in values.enumerated() { floats[index] = Float(value) }
    }
  }
}

/// The inertia of every body together with those beyond its hinges: the constants of the mass matrix in absolute angles.
struct CompositeBodies {
  /// First moments of mass in the bodies' frames, in kg m.
  private(set) var moments: [RobotModel.Vector]
  /// The diagonal of M + A at the bodies' pitches, in kg m^2.
  private(set) var diagonal: [Double]
  /// The armature of the bodies' hinges, in kg m^2.
  let couplings: [Double]

  init(of model: RobotModel) {
    let bodies = model.bodies
    moments = bodies.map { $0.mass * $0.centerOfMass }
    diagonal = bodies.map { $0.inertia + $0.mass * $0.centerOfMass.square }
    couplings = bodies.map { $0.hinge?.armature ?? 0 }
    var masses = bodies.map(\.mass)
    // Leaves come first, since every body comes after its parent.
    for index in bodies.indices.reversed() {
      diagonal[index] += couplings[index]
      guard let parent = bodies[index].parent else { continue }
      masses[parent] += masses[index]
      moments[parent] = moments[parent] + masses[index] * bodies[index].anchor
      diagonal[parent] += masses[index] * bodies[index].anchor.square + couplings[index]
    }
  }
}

/// The end of a capsule as a contact with the ground.
private struct Contact {
  var end: RobotModel.Vector
  var radius: Double
  var friction: Double
  var softness: RobotModel.ConstraintSoftness
  var normalSoftness: Double
  var tangentSoftness: Double

  static func all(of model: RobotModel) -> [Contact] {
    zip(model.bodies, MassMatrix.inverseWeights(of: model)).flatMap { body, inverseWeight in
      body.capsules.filter(\.touchesGround).flatMap { capsule in
        capsule.ends.map { Contact(capsule, end: $0, of: model, inverseWeight: inverseWeight) }
      }
    }
  }

  private init(
    _ capsule: RobotModel.Capsule, end: RobotModel.Vector, of model: RobotModel, inverseWeight: Double
  ) {
    self.end = end
    radius = capsule.radius
    friction = model.friction(of: capsule)
    // As in MuJoCo, the softness is the mean of both.
    softness = capsule.softness.mean(with: model.ground.softness)
    // MuJoCo gives a frictional contact four edges of a pyramid, each with the regulariser 2 m^2 (1 + m^2) w (1 - d) / d,
    // where m is the friction, w the body's inverse weight and d the impedance. All four push up; the two in the plane
    // push along the ground, each with 1 / m of the force.
    let square = friction * friction
    normalSoftness = square * (1 + square) / 2 * inverseWeight
    tangentSoftness = (1 + square) * inverseWeight
  }
}

extension RobotModel.Vector {
  fileprivate var square: Double { x * x + z * z }
}

extension RobotModel.ConstraintSoftness {
  fileprivate func mean(with other: Self) -> Self {
    var mean = Self()
    mean.timeConstant = (timeConstant + other.timeConstant) / 2
    mean.dampingRatio = (dampingRatio + other.dampingRatio) / 2
    mean.minimumImpedance = (minimumImpedance + other.minimumImpedance) / 2
    mean.maximumImpedance = (maximumImpedance + other.maximumImpedance) / 2
    mean.width = (width + other.width) / 2
    return mean
  }
}

extension UnsupportedRobotError {
  fileprivate static func lanes(_ subject: String, _ expected: String, _ found: String) -> Self {
    UnsupportedRobotError(engine: .lanes, subject: subject, expected: expected, found: found)
  }
}
