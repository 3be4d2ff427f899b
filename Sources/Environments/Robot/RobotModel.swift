/// A planar robot: rigid bodies in a tree of hinges above flat ground. Values are in SI units, angles in radians.
///
/// x points forward, z up, and angles are positive nose-down (about +y). In the reference pose the axes of every body
/// are parallel to the world's. The robot has `bodies.count + 2` coordinates, in this order: x and z of the root as
/// displacements from the reference pose, its pitch, and one angle for every other body, in the order of `bodies`.
public struct RobotModel: Hashable, Sendable {
  /// The name of the robot in its file.
  public internal(set) var name: String
  /// The names of the root's joints in the file: the slides along x and z and the hinge of the pitch; nil without one.
  public internal(set) var rootJoints: [String?]
  /// The bodies in the order of the file: the root first, and every body after its parent.
  public internal(set) var bodies: [Body]
  /// The motors, in the order of the actions.
  public internal(set) var motors: [Motor]
  /// The ground below the robot.
  public internal(set) var ground: Ground
  /// The acceleration of gravity along z, in m/s^2; negative is down.
  public internal(set) var gravity: Double
  /// The duration of one physics step, in seconds.
  public internal(set) var timeStep: Double

  /// The number of positions, and of velocities.
  public var coordinateCount: Int { bodies.count + 2 }

  /// A point or a vector in the plane, in metres.
  public struct Vector: Hashable, Sendable {
    /// The coordinate along x, which points forward.
    public var x: Double
    /// The coordinate along z, which points up.
    public var z: Double

    /// Creates a vector from two coordinates in metres.
    public init(x: Double, z: Double) {
      self.x = x
      self.z = z
    }

    /// The vector rotated by `rotation` about +y.
    func turned(by rotation: Rotation) -> Vector {
      Vector(x: rotation.cosine * x + rotation.sine * z, z: -rotation.sine * x + rotation.cosine * z)
    }

    static func + (left: Vector, right: Vector) -> Vector { Vector(x: left.x + right.x, z: left.z + right.z) }
    static func - (left: Vector, right: Vector) -> Vector { Vector(x: left.x - right.x, z: left.z - right.z) }
    static func * (scale: Double, vector: Vector) -> Vector { Vector(x: scale * vector.x, z: scale * vector.z) }
  }

  /// A rigid body.
  public struct Body: Hashable, Sendable {
    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The index of the parent body; nil for the root.
    public internal(set) var parent: Int?
    /// The position of this body's origin, its hinge, in the parent's frame; for the root, in the world.
    public internal(set) var anchor: Vector
    /// The mass, in kilograms.
    public internal(set) var mass: Double
    /// The centre of mass, in this body's frame.
    public internal(set) var centerOfMass: Vector
    /// The moment of inertia about the centre of mass, in kg m^2.
    public internal(set) var inertia: Double
    /// The shapes of the body that can touch the ground.
    public internal(set) var capsules: [Capsule]
    /// The hinge to the parent; nil for the root, which moves freely.
    public internal(set) var hinge: Hinge?
  }

  /// A hinge about +y or -y with a spring to the reference pose, a damper and a rotor.
  public struct Hinge: Hashable, Sendable {
    /// The name of the joint in the file; nil without one.
    public internal(set) var name: String?
    /// +1 if angles are positive about +y (nose-down), -1 if about -y.
    public internal(set) var axis: Double
    /// The stiffness of the spring, in N m/rad.
    public internal(set) var stiffness: Double
    /// The damping, in N m s/rad.
    public internal(set) var damping: Double
    /// The inertia of the rotor after its gear, in kg m^2.
    public internal(set) var armature: Double
    /// The range of the angle, in radians; nil without limits.
    public internal(set) var range: ClosedRange<Double>?
    /// The softness of the limits.
    public internal(set) var limitSoftness: ConstraintSoftness
    /// The acceleration of the hinge by a torque of 1 N m in the reference pose of the free robot, in 1/(kg m^2).
    public internal(set) var inverseInertia: Double
  }

  /// A rounded segment; a sphere if its ends coincide.
  public struct Capsule: Hashable, Sendable {
    /// The name of the geom in the file; nil without one.
    public internal(set) var name: String?
    /// The ends of the segment, in the body's frame.
    public internal(set) var ends: [Vector]
    /// The radius, in metres.
    public internal(set) var radius: Double
    /// The coefficient of sliding friction. A contact has the greater of the values of capsule and ground.
    public internal(set) var friction: Double
    /// The dimensions of the capsule's contacts, MuJoCo's `condim`: 1 without friction, 3 with friction. A contact has the
    /// greater of the values of capsule and ground.
    public internal(set) var contactDimensions: Int
    /// Whether the capsule collides with the ground.
    public internal(set) var touchesGround: Bool
    /// The softness of the capsule's contacts.
    public internal(set) var softness: ConstraintSoftness
  }

  /// A motor on a hinge.
  public struct Motor: Hashable, Sendable {
    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The index of the body whose hinge to its parent is driven.
    public internal(set) var body: Int
    /// The torque in N m of an action of 1.
    public internal(set) var gear: Double
  }

  /// Flat, unlimited ground.
  public struct Ground: Hashable, Sendable {
    /// The height of the ground, in metres.
    public internal(set) var height: Double
    /// The coefficient of sliding friction.
    public internal(set) var friction: Double
    /// The dimensions of the ground's contacts, 1 or 3; see ``Capsule/contactDimensions``.
    public internal(set) var contactDimensions: Int
    /// The softness of the ground's contacts.
    public internal(set) var softness: ConstraintSoftness
  }

  /// The softness of a contact or a limit: MuJoCo's `solref` and `solimp`.
  ///
  /// An engine with rigid contacts, such as Box2D, uses the softness of limits only.
  public struct ConstraintSoftness: Hashable, Sendable {
    /// The time constant, in seconds.
    public internal(set) var timeConstant = 0.02
    /// The damping ratio; 1 returns without overshoot.
    public internal(set) var dampingRatio = 1.0
    /// The impedance, a share from 0 to 1 of the constraint that is enforced, at first contact.
    public internal(set) var minimumImpedance = 0.9
    /// The impedance from a depth of `width` on.
    public internal(set) var maximumImpedance = 0.95
    /// The depth over which the impedance rises: in metres for a contact, in radians for a limit.
    public internal(set) var width = 0.001

    /// Creates MuJoCo's default softness.
    public init() {}
  }

  /// The cosine and sine of an angle about +y.
  struct Rotation {
    var cosine: Double
    var sine: Double
  }

  /// The friction of a capsule on the ground: as in MuJoCo, the greater coefficient of the two.
  func friction(of capsule: Capsule) -> Double {
    max(capsule.contactDimensions, ground.contactDimensions) == 1 ? 0 : max(capsule.friction, ground.friction)
  }

  /// The name of a coordinate's joint, or its number where the joint has none; the columns of trajectories have this name.
  public func jointName(ofCoordinate index: Int) -> String {
    let name = index < 3 ? rootJoints[index] : bodies[index - 2].hinge?.name
    return name ?? "\(index)"
  }

  /// The name of a body, or its number where it has none.
  public func bodyName(_ index: Int) -> String { bodies[index].name ?? "\(index)" }

  /// The name of a body in messages: its name, or its number in the order of the file.
  public func label(ofBody index: Int) -> String {
    bodies[index].name.map { "'\($0)'" } ?? "number \(index)"
  }

  /// The name in messages of the joint to a body's parent: its name, or that of its body.
  public func label(ofJointTo body: Int) -> String {
    (bodies[body].hinge?.name).map { "'\($0)'" } ?? "of body \(label(ofBody: body))"
  }

  /// The total mass in kilograms.
  public var mass: Double { bodies.reduce(0) { $0 + $1.mass } }
}
