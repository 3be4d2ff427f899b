/// A planar robot: rigid bodies in a tree of hinges and slides, above flat ground or in the air. Values are in SI units,
/// angles in radians.
///
/// x points forward, z up, and angles are positive nose-down (about +y). In the reference pose the axes of every frame are
/// parallel to the world's. A robot has a coordinate for each joint, in the order of `joints`, which is MuJoCo's; as there,
/// a joint's position in the reference pose is its `reference`.
public struct RobotModel: Hashable, Sendable {
  /// The name of the robot in its file.
  public internal(set) var name: String
  /// The joints in the order of the file, every one after those that carry it.
  public internal(set) var joints: [Joint]
  /// The bodies in the order of the file, every one after its parent. Bodies that are welded together are one.
  public internal(set) var bodies: [Body]
  /// The motors, in the order of the actions.
  public internal(set) var motors: [Motor]
  /// The ground below the robot; nil without any.
  public internal(set) var ground: Ground?
  /// The capsules that may touch each other.
  public internal(set) var pairs: [Pair]
  /// The acceleration of gravity, in m/s^2.
  public internal(set) var gravity: Vector
  /// The duration of one physics step, in seconds.
  public internal(set) var timeStep: Double
  /// The method by which a physics step moves the robot.
  public internal(set) var integrator: Integrator

  /// The number of positions, and of velocities.
  public var coordinateCount: Int { joints.count }

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

    /// The vector without length.
    static let zero = Vector(x: 0, z: 0)

    /// The square of the length.
    var square: Double { x * x + z * z }

    /// The vector rotated by `rotation` about +y.
    func turned(by rotation: Rotation) -> Vector {
      Vector(x: rotation.cosine * x + rotation.sine * z, z: -rotation.sine * x + rotation.cosine * z)
    }

    static func + (left: Vector, right: Vector) -> Vector { Vector(x: left.x + right.x, z: left.z + right.z) }
    static func - (left: Vector, right: Vector) -> Vector { Vector(x: left.x - right.x, z: left.z - right.z) }
    static func * (scale: Double, vector: Vector) -> Vector { Vector(x: scale * vector.x, z: scale * vector.z) }
  }

  /// A method of integration in time, MuJoCo's `integrator`.
  public enum Integrator: String, Hashable, Sendable {
    /// New velocities first, with implicit dampers, and then positions by the new velocities.
    case euler = "Euler"
    /// The same with explicit dampers: MuJoCo's Euler without its `eulerdamp`.
    case explicitEuler = "Euler without eulerdamp"
    /// The classical Runge-Kutta method of fourth order.
    case rungeKutta = "RK4"
  }

  /// A rigid body.
  public struct Body: Hashable, Sendable {
    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The index of the parent body; nil where the world carries it.
    public internal(set) var parent: Int?
    /// The index of the last of the body's joints, in whose frame the body's values are.
    public internal(set) var joint: Int
    /// The mass, in kilograms.
    public internal(set) var mass: Double
    /// The centre of mass.
    public internal(set) var centerOfMass: Vector
    /// The moment of inertia about the centre of mass, in kg m^2.
    public internal(set) var inertia: Double
    /// The shapes of the body.
    public internal(set) var capsules: [Capsule]
  }

  /// A hinge about +y or -y, or a slide, with a spring, a damper and a rotor. It moves a frame in that of its parent.
  public struct Joint: Hashable, Sendable {
    /// The kind of a joint, with what it moves along or about.
    public enum Kind: Hashable, Sendable {
      /// A hinge: +1 if angles are positive about +y (nose-down), -1 if about -y.
      case hinge(axis: Double)
      /// A slide along a unit vector of its parent's frame.
      case slide(axis: Vector)
    }

    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The kind of the joint.
    public internal(set) var kind: Kind
    /// The joint whose frame carries this one; nil for the world.
    public internal(set) var parent: Int?
    /// The place of the joint in the frame of its parent in the reference pose.
    public internal(set) var anchor: Vector
    /// The position in the reference pose, in metres or radians.
    public internal(set) var reference = 0.0
    /// The stiffness of the spring, in N/m or N m/rad.
    public internal(set) var stiffness = 0.0
    /// The position in which the spring is relaxed.
    public internal(set) var relaxed = 0.0
    /// The damping, in N s/m or N m s/rad.
    public internal(set) var damping = 0.0
    /// The inertia of the rotor after its gear, in kg or kg m^2.
    public internal(set) var armature = 0.0
    /// The range of the position; nil without limits.
    public internal(set) var range: ClosedRange<Double>?
    /// The distance from a limit at which it begins to act.
    public internal(set) var limitMargin = 0.0
    /// The softness of the limits.
    public internal(set) var limitSoftness = ConstraintSoftness()
    /// The acceleration of the joint by a force of 1 N, or a torque of 1 N m, in the reference pose of the free robot, in
    /// 1/kg or 1/(kg m^2).
    public internal(set) var inverseInertia = 0.0

    /// Whether the joint is a slide.
    public var isSlide: Bool { if case .slide = kind { true } else { false } }

    /// The sign of the hinge's angles about +y; 1 for a slide.
    var sign: Double { if case .hinge(let axis) = kind { axis } else { 1 } }
  }

  /// A rounded segment; a sphere if its ends coincide.
  public struct Capsule: Hashable, Sendable {
    /// The name of the geom in the file; nil without one.
    public internal(set) var name: String?
    /// The ends of the segment, in the body's frame.
    public internal(set) var ends: [Vector]
    /// The radius, in metres.
    public internal(set) var radius: Double
    /// The surface of the capsule.
    public internal(set) var surface: Surface
    /// Whether the capsule collides with the ground.
    public internal(set) var touchesGround: Bool

    /// Whether the capsule is a sphere.
    var isSphere: Bool { ends[0] == ends[1] }
  }

  /// What the contacts of a surface are like.
  public struct Surface: Hashable, Sendable {
    /// The coefficient of sliding friction. A contact has the greater of the values of both surfaces.
    public internal(set) var friction = 1.0
    /// The dimensions of the contacts, MuJoCo's `condim`: 1 without friction, 3 with friction. A contact has the greater of
    /// the values of both surfaces.
    public internal(set) var contactDimensions = 3
    /// The distance at which contacts begin to act, in metres. A contact has the sum of the values of both surfaces.
    public internal(set) var margin = 0.0
    /// The softness of the contacts. A contact has the mean of both surfaces.
    public internal(set) var softness = ConstraintSoftness()

    /// The contact of two surfaces, by MuJoCo's rules.
    func touching(_ other: Surface) -> Surface {
      Surface(
        friction: max(friction, other.friction), contactDimensions: max(contactDimensions, other.contactDimensions),
        margin: margin + other.margin, softness: softness.mean(with: other.softness))
    }

    /// The coefficient of friction of a contact; 0 where it has none.
    var effectiveFriction: Double { contactDimensions == 1 ? 0 : friction }
  }

  /// Two capsules of different bodies that may touch.
  public struct Pair: Hashable, Sendable {
    /// A capsule, by the indices of its body and of its place in the body.
    public struct Member: Hashable, Sendable {
      /// The index of the body.
      public internal(set) var body: Int
      /// The index of the capsule in the body.
      public internal(set) var capsule: Int
    }
    /// The capsules.
    public internal(set) var first: Member
    /// The other capsule.
    public internal(set) var second: Member
  }

  /// A motor on a joint.
  public struct Motor: Hashable, Sendable {
    /// The name in the file; nil without one.
    public internal(set) var name: String?
    /// The index of the joint that is driven.
    public internal(set) var joint: Int
    /// The force in N, or torque in N m, of an action of 1.
    public internal(set) var gear: Double
    /// The range of actions, to which others are clipped; nil without one.
    public internal(set) var actionRange: ClosedRange<Double>?
  }

  /// Flat, unlimited ground.
  public struct Ground: Hashable, Sendable {
    /// The height of the ground, in metres.
    public internal(set) var height: Double
    /// The surface of the ground.
    public internal(set) var surface: Surface
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
    /// The depth over which the impedance rises: in metres for a contact or a slide, in radians for a hinge.
    public internal(set) var width = 0.001

    /// Creates MuJoCo's default softness.
    public init() {}

    func mean(with other: Self) -> Self {
      var mean = Self()
      mean.timeConstant = (timeConstant + other.timeConstant) / 2
      mean.dampingRatio = (dampingRatio + other.dampingRatio) / 2
      mean.minimumImpedance = (minimumImpedance + other.minimumImpedance) / 2
      mean.maximumImpedance = (maximumImpedance + other.maximumImpedance) / 2
      mean.width = (width + other.width) / 2
      return mean
    }
  }

  /// The cosine and sine of an angle about +y.
  struct Rotation {
    var cosine: Double
    var sine: Double
  }
}

// What follows from the values.
extension RobotModel {
  /// The contact of a capsule with the ground.
  func groundContact(of capsule: Capsule) -> Surface {
    ground.map { capsule.surface.touching($0.surface) } ?? capsule.surface
  }

  /// The joint by which the root slides freely along x, where there is one: nothing depends on its position, so that no
  /// observation has it.
  public var freeJoint: Int? {
    guard joints.count(where: { $0.parent == nil }) == 1 else { return nil }
    if slidesFreely(0, along: .init(x: 1, z: 0)) { return 0 }
    return hasSlidesSwapped ? 1 : nil
  }

  /// Whether a slide has neither spring nor limits.
  private func slidesFreely(_ index: Int, along axis: Vector) -> Bool {
    guard joints.indices.contains(index), joints[index].parent == (index == 0 ? nil : index - 1) else { return false }
    return joints[index].kind == .slide(axis: axis) && joints[index].stiffness == 0 && joints[index].range == nil
  }

  /// Whether the root slides along z first and then freely along x, which is the same motion in another order.
  var hasSlidesSwapped: Bool {
    guard slidesFreely(1, along: .init(x: 1, z: 0)), joints.count(where: { $0.parent == nil }) == 1 else {
      return false
    }
    // Both slides are one body's, and carry all the rest.
    guard bodies.allSatisfy({ $0.joint > 0 }), joints.count(where: { $0.parent == 0 }) == 1 else { return false }
    return joints[0].kind == .slide(axis: .init(x: 0, z: 1))
  }

  /// The robot in the order that engines take: a root that slides along x and z does so along x first.
  var arranged: RobotModel {
    guard hasSlidesSwapped else { return self }
    var model = self
    model.joints.swapAt(0, 1)
    for index in [0, 1] {
      model.joints[index].parent = joints[index].parent
      model.joints[index].anchor = joints[index].anchor
    }
    for index in model.motors.indices where model.motors[index].joint < 2 {
      model.motors[index].joint = 1 - model.motors[index].joint
    }
    return model
  }

  /// The number of elements of an observation: every position but a free one along x, and every velocity.
  public var observationSize: Int { 2 * coordinateCount - (freeJoint == nil ? 0 : 1) }

  /// Whether the root moves freely by slides along x and z and its pitch, and every other body by one hinge: a tree of
  /// hinges that floats.
  var isFloatingTree: Bool {
    guard !hasSlidesSwapped else { return arranged.isFloatingTree }
    guard joints.count == bodies.count + 2, freeJoint == 0, hasFreeJoint(0), hasFreeJoint(1), hasFreeJoint(2) else {
      return false
    }
    guard joints[1].kind == .slide(axis: Vector(x: 0, z: 1)), joints[2].kind == .hinge(axis: 1) else { return false }
    return bodies.enumerated().allSatisfy { index, body in
      body.joint == index + 2 && (index == 0) == (body.parent == nil) && (index == 0 || !joints[index + 2].isSlide)
    }
      && [1, 2].allSatisfy { joints[$0].parent == $0 - 1 && joints[$0].anchor == .zero }
  }

  /// Whether nothing acts on a joint but what it carries.
  private func hasFreeJoint(_ index: Int) -> Bool {
    let joint = joints[index]
    return joint.stiffness == 0 && joint.damping == 0 && joint.armature == 0 && joint.range == nil
  }

  /// Whether another robot differs in numbers alone: the joints, shapes, pairs and motors are the same ones.
  func hasShape(of other: RobotModel) -> Bool {
    joints.map(\.parent) == other.joints.map(\.parent) && joints.map(\.kind) == other.joints.map(\.kind)
      && joints.map { [$0.stiffness != 0, $0.damping != 0] }
        == other.joints.map { [$0.stiffness != 0, $0.damping != 0] }
      && joints.map { $0.range == nil } == other.joints.map { $0.range == nil }
      && bodies.map(\.joint) == other.bodies.map(\.joint)
      && bodies.map { $0.capsules.map { [$0.touchesGround, $0.isSphere] } }
        == other.bodies.map { $0.capsules.map { [$0.touchesGround, $0.isSphere] } }
      && pairs == other.pairs && motors.map(\.joint) == other.motors.map(\.joint)
      && joints.map(\.sign) == other.joints.map(\.sign) && references == other.references
  }

  /// The position of each joint in the reference pose.
  var references: [Double] { joints.map(\.reference) }

  /// The index of the body of a joint: the first one that it moves.
  func body(movedBy joint: Int) -> Int {
    bodies.firstIndex { $0.joint >= joint } ?? bodies.count - 1
  }

  /// The name of a coordinate's joint, or its number where the joint has none; the columns of trajectories have this name.
  public func jointName(ofCoordinate index: Int) -> String { joints[index].name ?? "\(index)" }

  /// The name of a body, or its number where it has none.
  public func bodyName(_ index: Int) -> String { bodies[index].name ?? "\(index)" }

  /// The name of a body in messages: its name, or its number in the order of the file.
  public func label(ofBody index: Int) -> String {
    bodies[index].name.map { "'\($0)'" } ?? "number \(index)"
  }

  /// The name of a joint in messages: its name, or its number in the order of the file.
  public func label(ofJoint index: Int) -> String {
    joints[index].name.map { "'\($0)'" } ?? "number \(index)"
  }

  /// The name of a capsule in messages: its name, or that of its body.
  func label(of capsule: Capsule, ofBody body: Int) -> String {
    capsule.name.map { "geom '\($0)'" } ?? "a geom of body \(label(ofBody: body))"
  }

  /// The total mass in kilograms.
  public var mass: Double { bodies.reduce(0) { $0 + $1.mass } }
}
