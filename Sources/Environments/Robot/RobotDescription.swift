/// A readable description of a robot as it was read from its file, in SI units.
///
/// `metarl robot FILE.xml --json` prints it as JSON. Later versions may add keys and keep these. A body or joint without a
/// name is called by its number in the order of the file.
public struct RobotDescription: Encodable, Sendable {
  /// A body in the reference pose.
  public struct Body: Encodable, Sendable {
    /// The name in the file, or the number in the order of the file.
    public let name: String
    /// The name of the parent; nil for the root.
    @NullWhereNone public var parent: String?
    /// The mass, in kilograms.
    public let mass: Double
    /// The centre of mass in the world: x and z in metres.
    public let center: [Double]
    /// The moment of inertia about the centre of mass and the y axis, in kg m^2.
    public let inertia: Double
  }

  /// A joint, in the order of positions and velocities.
  public struct Joint: Encodable, Sendable {
    /// The kind of a joint.
    public enum Kind: String, Encodable, Sendable { case slide, hinge }

    /// The name in the file, or the number; the columns of a trajectory have this name.
    public let name: String
    /// The body that it moves.
    public let body: String
    /// The kind of the joint.
    public let type: Kind
    /// The direction of the joint's axis: x, y, z.
    public let axis: [Double]
    /// The armature of the rotor, in kg m^2 or kg.
    public let armature: Double
    /// The damping, in N m s/rad or N s/m.
    public let damping: Double
    /// The stiffness of the spring, in N m/rad or N/m.
    public let stiffness: Double
    /// The position in the reference pose, in radians or metres.
    public let reference: Double
    /// The range of the joint, in radians or metres; nil without limits.
    @NullWhereNone public var range: [Double]?
    /// The softness of the limits; nil without limits.
    @NullWhereNone public var limit: Softness?
  }

  /// The softness of a constraint, in MuJoCo's terms.
  public struct Softness: Encodable, Sendable {
    /// The time constant in seconds, and the damping ratio.
    public let solref: [Double]
    /// The smallest and the greatest impedance, and the width.
    public let solimp: [Double]

    init(_ softness: RobotModel.ConstraintSoftness) {
      solref = [softness.timeConstant, softness.dampingRatio]
      solimp = [softness.minimumImpedance, softness.maximumImpedance, softness.width]
    }
  }

  /// A shape of a body that can touch the ground.
  public struct Geom: Encodable, Sendable {
    /// The name in the file; nil without one.
    @NullWhereNone public var name: String?
    /// The body that the shape belongs to.
    public let body: String
    /// The ends of the segment in the world, in the reference pose, each with x and z in metres. Those of a sphere
    /// coincide.
    public let ends: [[Double]]
    /// The radius, in metres.
    public let radius: Double
    /// The friction of its contacts with the ground; 0 where neither surface has any.
    public let friction: Double
    /// Whether the shape collides with the ground.
    public let touchesGround: Bool
    /// The softness of the shape's contacts; the contacts of Box2D are rigid.
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

  /// An engine, and whether it moves the robot correctly.
  public struct Engine: Encodable, Sendable {
    /// The name of the engine, as users give it.
    public let name: String
    /// Whether the engine moves the robot as the mass matrix requires.
    public let moves: Bool
    /// The reason why the engine does not move the robot; nil where it does.
    @NullWhereNone public var reason: String?
  }

  /// The name in the file.
  public let name: String
  /// The total mass, in kilograms.
  public let mass: Double
  /// The duration of a physics step, in seconds.
  public let timeStep: Double
  /// The gravity along z, in m/s^2.
  public let gravity: Double
  /// The bodies, with the root first.
  public let bodies: [Body]
  /// The root's slides along x and z and its pitch, then a hinge for every other body.
  public let joints: [Joint]
  /// The shapes of all bodies, whether they can touch the ground or not.
  public let geoms: [Geom]
  /// The motors, in the order of actions.
  public let motors: [Motor]
  /// All engines, with whether they move the robot.
  public let engines: [Engine]

  private enum CodingKeys: String, CodingKey {
    case name, mass, gravity, bodies, joints, geoms, motors, engines
    case timeStep = "time_step"
  }

  /// Describes a robot after trying each engine on it.
  public init(of model: RobotModel) {
    name = model.name
    mass = model.mass
    timeStep = model.timeStep
    gravity = model.gravity.z
    // In the reference pose all frames are parallel to the world.
    let frames = model.frames(at: model.references)
    let origins = model.bodies.map { frames[$0.joint].origin }
    bodies = Self.bodies(of: model, origins)
    geoms = Self.geoms(of: model, origins)
    joints = model.joints.indices.map { Self.joint($0, of: model) }
    motors = model.motors.map { motor in
      let joint = model.jointName(ofCoordinate: motor.joint)
      return Motor(name: motor.name ?? joint, joint: joint, gear: motor.gear)
    }
    engines = PhysicsKind.engines.map { Self.engine($0, for: model) }
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
          friction: model.groundContact(of: capsule).effectiveFriction, touchesGround: capsule.touchesGround,
          contact: .init(capsule.surface.softness))
      }
    }
  }

  private static func joint(_ index: Int, of model: RobotModel) -> Joint {
    let joint = model.joints[index]
    let axis =
      switch joint.kind {
      case .hinge(let axis): [0, axis, 0]
      case .slide(let axis): [axis.x, 0, axis.z]
      }
    let carried = model.body(movedBy: index)
    return Joint(
      name: model.jointName(ofCoordinate: index), body: model.bodyName(carried), type: joint.isSlide ? .slide : .hinge,
      axis: axis, armature: joint.armature, damping: joint.damping, stiffness: joint.stiffness,
      reference: joint.reference, range: joint.range.map { [$0.lowerBound, $0.upperBound] },
      limit: joint.range.map { _ in Softness(joint.limitSoftness) })
  }
}

/// An optional that is encoded as `null` where it has no value; other optionals omit their keys.
@propertyWrapper public struct NullWhereNone<Value: Encodable & Sendable>: Encodable, Sendable {
  /// The wrapped value.
  public var wrappedValue: Value?

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// Encodes the value, or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
