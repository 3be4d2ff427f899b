/// A planar robot: rigid bodies in a tree of hinges above flat ground. Values in SI units, angles in radians.
///
/// x points forward, z up, and angles are positive nose-down (about +y). In the reference pose the axes of every body
/// are parallel to the world's. The robot has `bodies.count + 2` coordinates, in this order: x and z of the root as
/// displacements from the reference pose, its pitch, and one angle for every other body, in the order of `bodies`.
public struct RobotModel: Hashable, Sendable {
  /// The name in the file.
  public internal(set) var name: String
  /// The names of the root's joints in the file: the slides along x and z and the hinge of the pitch; nil without one.
  public internal(set) var rootJoints: [String?]
  /// In the order of the file; the root first, every body after its parent.
  public internal(set) var bodies: [Body]
  /// In the order of the actions.
  public internal(set) var motors: [Motor]
  /// What the robot runs on.
  public internal(set) var ground: Ground
  /// Acceleration along z in m/s^2; negative is down.
  public internal(set) var gravity: Double
  /// Seconds of one physics step.
  public internal(set) var timeStep: Double

  /// The number of positions, and of velocities.
  public var coordinateCount: Int { bodies.count + 2 }

  /// A point or a vector in the plane, in metres.
  public struct Vector: Hashable, Sendable {
    /// Forward.
    public var x: Double
    /// Up.
    public var z: Double

    /// A vector of two coordinates in metres.
    public init(x: Double, z: Double) {
      self.x = x
      self.z = z
    }

    /// The vector turned by `angle` radians about +y.
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
    /// The index of the parent; nil for the root.
    public internal(set) var parent: Int?
    /// Where this body's origin, its hinge, sits in the parent's frame; for the root in the world's.
    public internal(set) var anchor: Vector
    /// In kilograms.
    public internal(set) var mass: Double
    /// In this body's frame.
    public internal(set) var centerOfMass: Vector
    /// About the centre of mass, in kg m^2.
    public internal(set) var inertia: Double
    /// What of the body can touch.
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
    /// In N m/rad.
    public internal(set) var stiffness: Double
    /// In N m s/rad.
    public internal(set) var damping: Double
    /// The rotor's inertia, seen through its gear, in kg m^2.
    public internal(set) var armature: Double
    /// In radians; nil without limits.
    public internal(set) var range: ClosedRange<Double>?
    /// How far the limits give way.
    public internal(set) var limitSoftness: ConstraintSoftness
    /// The hinge's acceleration for a torque of 1 N m in the reference pose, the robot free: in 1/(kg m^2).
    public internal(set) var inverseInertia: Double
  }

  /// A rounded segment; a sphere if its ends coincide.
  public struct Capsule: Hashable, Sendable {
    /// The name of the geom in the file; nil without one.
    public internal(set) var name: String?
    /// In the body's frame.
    public internal(set) var ends: [Vector]
    /// In metres.
    public internal(set) var radius: Double
    /// The coefficient of sliding friction; of capsule and ground the greater counts.
    public internal(set) var friction: Double
    /// The dimensions of its contacts, MuJoCo's `condim`: 1 without friction, 3 with; of capsule and ground the greater
    /// counts.
    public internal(set) var contactDimensions: Int
    /// Whether the ground stops it.
    public internal(set) var touchesGround: Bool
    /// How far its contacts give way.
    public internal(set) var softness: ConstraintSoftness
  }

  /// A motor on a hinge.
  public struct Motor: Hashable, Sendable {
    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The body whose hinge to its parent is driven.
    public internal(set) var body: Int
    /// Torque in N m of an action of 1.
    public internal(set) var gear: Double
  }

  /// Flat ground without end.
  public struct Ground: Hashable, Sendable {
    /// In metres.
    public internal(set) var height: Double
    /// The coefficient of sliding friction.
    public internal(set) var friction: Double
    /// The dimensions of its contacts, 1 or 3; see ``Capsule/contactDimensions``.
    public internal(set) var contactDimensions: Int
    /// How far its contacts give way.
    public internal(set) var softness: ConstraintSoftness
  }

  /// How far a contact or a limit gives way: MuJoCo's `solref` and `solimp`.
  ///
  /// An engine with rigid contacts, as Box2D, reads the softness of limits only.
  public struct ConstraintSoftness: Hashable, Sendable {
    /// In seconds.
    public internal(set) var timeConstant = 0.02
    /// 1 comes back without overshoot.
    public internal(set) var dampingRatio = 1.0
    /// The share of the constraint that is obeyed at first contact, from 0 to 1.
    public internal(set) var minimumImpedance = 0.9
    /// The share that is obeyed once `width` deep.
    public internal(set) var maximumImpedance = 0.95
    /// Over which the impedance rises: metres of a contact, radians of a limit.
    public internal(set) var width = 0.001

    /// MuJoCo's defaults.
    public init() {}
  }

  /// The cosine and sine of an angle about +y.
  struct Rotation {
    var cosine: Double
    var sine: Double
  }

  /// The friction of a capsule on the ground: as in MuJoCo, the rougher of the two decides.
  func friction(of capsule: Capsule) -> Double {
    max(capsule.contactDimensions, ground.contactDimensions) == 1 ? 0 : max(capsule.friction, ground.friction)
  }

  /// The name of a coordinate's joint, or its number where the joint has none: what columns of trajectories are called.
  public func jointName(ofCoordinate index: Int) -> String {
    let name = index < 3 ? rootJoints[index] : bodies[index - 2].hinge?.name
    return name ?? "\(index)"
  }

  /// A body's name, or its number where it has none.
  public func bodyName(_ index: Int) -> String { bodies[index].name ?? "\(index)" }

  /// A body as messages call it: its name, or its number in the order of the file.
  public func label(ofBody index: Int) -> String {
    bodies[index].name.map { "'\($0)'" } ?? "number \(index)"
  }

  /// The joint to a body's parent as messages call it: its name, or that of its body.
  public func label(ofJointTo body: Int) -> String {
    (bodies[body].hinge?.name).map { "'\($0)'" } ?? "of body \(label(ofBody: body))"
  }

  /// The total mass in kilograms.
  public var mass: Double { bodies.reduce(0) { $0 + $1.mass } }
}
