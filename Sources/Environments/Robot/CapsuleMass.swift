/// The mass and inertia of solid capsules of one density.
struct MassProperties: Hashable {
  /// The mass in kilograms.
  var mass = 0.0
  var center = RobotModel.Vector(x: 0, z: 0)
  /// The moment of inertia about the centre of mass and the y axis, in kg m^2.
  var inertia = 0.0

  /// Creates the properties of an empty body.
  init() {}

  /// Creates the properties of a capsule of `mass` kilograms whose segment runs between `first` and `second`.
  ///
  /// The cylinder and the two halves of the sphere share the mass by volume. A half sphere's centre lies 3/8 of the radius
  /// beyond the cylinder's end, which gives the sphere's part m (2/5 r^2 + h^2/4 + 3/8 h r).
  init(capsuleOfMass mass: Double, from first: RobotModel.Vector, to second: RobotModel.Vector, radius: Double) {
    let along = second - first
    let height = (along.x * along.x + along.z * along.z).squareRoot()
    let sphere = mass * 4 * radius / (4 * radius + 3 * height)
    let cylinder = mass - sphere
    self.mass = mass
    center = first + 0.5 * along
    inertia =
      cylinder * (radius * radius / 4 + height * height / 12)
      + sphere * (0.4 * radius * radius + height * height / 4 + 0.375 * height * radius)
  }

  /// The volume in m^3 of a capsule with a segment of `height` metres.
  static func volume(height: Double, radius: Double) -> Double {
    Double.pi * radius * radius * (height + 4 / 3 * radius)
  }

  /// A solid shape of one density whose middle plane is that of the robot. Sizes are MuJoCo's: half the edges of a box along
  /// x, y and z, the radius and half the length of a cylinder along z, the half axes of an ellipsoid.
  enum Solid {
    case box
    case cylinder
    case ellipsoid

    var sizeCount: Int { self == .cylinder ? 2 : 3 }

    func volume(_ size: [Double]) -> Double {
      switch self {
      case .box: 8 * size[0] * size[1] * size[2]
      case .cylinder: 2 * Double.pi * size[0] * size[0] * size[1]
      case .ellipsoid: 4 / 3 * Double.pi * size[0] * size[1] * size[2]
      }
    }

    /// The moment of inertia about y of a kilogram.
    func inertia(_ size: [Double]) -> Double {
      switch self {
      case .box: (size[0] * size[0] + size[2] * size[2]) / 3
      case .cylinder: size[0] * size[0] / 4 + size[1] * size[1] / 3
      case .ellipsoid: (size[0] * size[0] + size[2] * size[2]) / 5
      }
    }
  }

  /// The properties of both bodies together, by the parallel axis theorem.
  static func + (left: MassProperties, right: MassProperties) -> MassProperties {
    guard left.mass + right.mass > 0 else { return left }
    var sum = MassProperties()
    sum.mass = left.mass + right.mass
    sum.center = (1 / sum.mass) * (left.mass * left.center + right.mass * right.center)
    let apart = right.center - left.center
    sum.inertia =
      left.inertia + right.inertia
      + left.mass * right.mass / sum.mass * (apart.x * apart.x + apart.z * apart.z)
    return sum
  }
}
