/// What was read of a robot, as programs and people are shown it: all that moves it, in SI units.
///
/// As JSON by `metarl robot FILE.xml --json`: keys may be added to these, none goes. A body or joint without a name is
/// called by its number in the order of the file.
public struct RobotDescription: Encodable, Sendable {
  /// A body in the reference pose.
  public struct Body: Encodable, Sendable {
    /// The name in the file, or the number.
    public let name: String
    /// The parent's name; nil for the root.
    @NullWhereNone public var parent: String?
    /// In kilograms.
    public let mass: Double
    /// The centre of mass in the world: x and z in metres.
    public let center: [Double]
    /// About the centre of mass and the y axis, in kg m^2.
    public let inertia: Double
  }

  /// A joint, in the order of positions and velocities.
  public struct Joint: Encodable, Sendable {
    /// The kind of a joint.
    public enum Kind: String, Encodable, Sendable { case slide, hinge }

    /// The name in the file, or the number: what the columns of a trajectory are called.
    public let name: String
    /// The body that it moves.
    public let body: String
    /// What it does.
    public let type: Kind
    /// Its direction: x, y, z.
    public let axis: [Double]
    /// In kg m^2.
    public let armature: Double
    /// In N m s/rad.
    public let damping: Double
    /// In N m/rad.
    public let stiffness: Double
    /// In radians; nil without limits.
    @NullWhereNone public var range: [Double]?
    /// How the limits give way; nil without limits.
    @NullWhereNone public var limit: Softness?
  }

  /// How far a constraint gives way: MuJoCo's numbers.
  public struct Softness: Encodable, Sendable {
    /// Seconds, damping ratio.
    public let solref: [Double]
    /// The least and the greatest impedance, the width.
    public let solimp: [Double]

    init(_ softness: RobotModel.ConstraintSoftness) {
      solref = [softness.timeConstant, softness.dampingRatio]
      solimp = [softness.minimumImpedance, softness.maximumImpedance, softness.width]
    }
  }

  /// What of a body can touch.
  public struct Geom: Encodable, Sendable {
    /// The name in the file, or nil.
    @NullWhereNone public var name: String?
    /// The body that it belongs to.
    public let body: String
    /// The ends of its segment in the world, in the reference pose: x and z in metres; a sphere's are one.
    public let ends: [[Double]]
    /// In metres.
    public let radius: Double
    /// The friction of its contacts with the ground; 0 where neither surface has any.
    public let friction: Double
    /// Whether the ground stops it.
    public let touchesGround: Bool
    /// How its own share of a contact gives way; Box2D's contacts are rigid.
    public let contact: Softness

    private enum CodingKeys: String, CodingKey {
      case name, body, ends, radius, friction, contact
      case touchesGround = "touches_ground"
    }
  }

  /// A motor, in the order of actions.
  public struct Motor: Encodable, Sendable {
    /// The name in the file, or that of its joint.
    public let name: String
    /// The joint that it turns.
    public let joint: String
    /// The torque in N m of an action of 1.
    public let gear: Double
  }

  /// An engine, and whether it moves the robot.
  public struct Engine: Encodable, Sendable {
    /// As users name it.
    public let name: String
    /// Whether it moves the robot as the mass matrix says.
    public let moves: Bool
    /// Why not; nil where it does.
    @NullWhereNone public var reason: String?
  }

  /// The name in the file.
  public let name: String
  /// In kilograms.
  public let mass: Double
  /// Seconds of a physics step.
  public let timeStep: Double
  /// Along z, in m/s^2.
  public let gravity: Double
  /// The bodies, the root first.
  public let bodies: [Body]
  /// The root's slides along x and z and its pitch, then a hinge for every other body.
  public let joints: [Joint]
  /// What can touch the ground, and what cannot.
  public let geoms: [Geom]
  /// The motors.
  public let motors: [Motor]
  /// Every engine there is.
  public let engines: [Engine]

  private enum CodingKeys: String, CodingKey {
    case name, mass, gravity, bodies, joints, geoms, motors, engines
    case timeStep = "time_step"
  }

  /// Describes a robot, after each engine has been tried on it.
  public init(of model: RobotModel) {
    name = model.name
    mass = model.mass
    timeStep = model.timeStep
    gravity = model.gravity
    // In the reference pose all frames are parallel to the world's.
    let origins = model.frames(at: RobotState(referenceOf: model).positions).map(\.origin)
    bodies = Self.bodies(of: model, origins)
    geoms = Self.geoms(of: model, origins)
    joints = Self.rootJoints(of: model) + Self.hinges(of: model)
    motors = model.motors.map { motor in
      let joint = model.jointName(ofCoordinate: motor.body + 2)
      return Motor(name: motor.name ?? joint, joint: joint, gear: motor.gear)
    }
    engines = PhysicsKind.allCases.map { Self.engine($0, for: model) }
  }

  private static func engine(_ kind: PhysicsKind, for model: RobotModel) -> Engine {
    do {
      try kind.prove(model)
      return Engine(name: kind.rawValue, moves: true, reason: nil)
    } catch {
      return Engine(name: kind.rawValue, moves: false, reason: error.fault)
    }
  }

  private static func bodies(of model: RobotModel, _ origins: [RobotModel.Vector]) -> [Body] {
    zip(model.bodies, origins).enumerated().map { index, placed in
      let (body, origin) = placed
      let center = origin + body.centerOfMass
      return Body(
        name: model.bodyName(index), parent: body.parent.map(model.bodyName), mass: body.mass,
        center: [center.x, center.z], inertia: body.inertia)
    }
  }

  private static func geoms(of model: RobotModel, _ origins: [RobotModel.Vector]) -> [Geom] {
    zip(model.bodies, origins).enumerated().flatMap { index, placed in
      let (body, origin) = placed
      return body.capsules.map { capsule in
        let ends = capsule.ends.map { origin + $0 }
        return Geom(
          name: capsule.name, body: model.bodyName(index), ends: ends.map { [$0.x, $0.z] }, radius: capsule.radius,
          friction: model.friction(of: capsule), touchesGround: capsule.touchesGround, contact: .init(capsule.softness))
      }
    }
  }

  private static func rootJoints(of model: RobotModel) -> [Joint] {
    let kinds: [(Joint.Kind, [Double])] = [(.slide, [1, 0, 0]), (.slide, [0, 0, 1]), (.hinge, [0, 1, 0])]
    return kinds.enumerated().map { index, kind in
      Joint(
        name: model.jointName(ofCoordinate: index), body: model.bodyName(0), type: kind.0, axis: kind.1, armature: 0,
        damping: 0, stiffness: 0, range: nil, limit: nil)
    }
  }

  private static func hinges(of model: RobotModel) -> [Joint] {
    model.bodies.enumerated().compactMap { index, body in
      body.hinge.map { hinge in
        Joint(
          name: model.jointName(ofCoordinate: index + 2), body: model.bodyName(index), type: .hinge,
          axis: [0, hinge.axis, 0], armature: hinge.armature, damping: hinge.damping, stiffness: hinge.stiffness,
          range: hinge.range.map { [$0.lowerBound, $0.upperBound] },
          limit: hinge.range.map { _ in Softness(hinge.limitSoftness) })
      }
    }
  }
}

/// An optional that is written as `null` where it has no value; others leave their keys out.
@propertyWrapper public struct NullWhereNone<Value: Encodable & Sendable>: Encodable, Sendable {
  /// The value.
  public var wrappedValue: Value?

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// Writes the value, or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
