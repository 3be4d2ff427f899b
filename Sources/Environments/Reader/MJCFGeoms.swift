/// The geoms that a geom can touch, by MuJoCo's rule: the type of either geom is matched with the affinity of the other.
struct CollisionMask {
  /// The body, and the place among its capsules; nil for the world.
  var member: RobotModel.Pair.Member?
  var type: Int
  var affinity: Int

  func meets(_ other: CollisionMask) -> Bool {
    type & other.affinity != 0 || other.type & affinity != 0
  }
}

/// A geom that does not move and is not the ground: it is there for the eye, unless a body may touch it.
struct Fixture {
  var mask: CollisionMask
  var attributes: MJCFAttributes
}

extension MJCFReader {
  /// Reads the plane of `<worldbody>` and the other geoms there, before those of bodies, which are matched with them.
  mutating func readWorld(_ world: XMLTree) -> RobotModel.Ground? {
    var ground: RobotModel.Ground?
    for geom in world.children where geom.name == "geom" {
      attempt { reader throws(ModelError) in
        let attributes = try reader.attributes(geom, childClass: nil)
        try reader.names.take(attributes, kind: "geom")
        let mask = try reader.mask(attributes, of: nil)
        guard attributes.value("type")?.text == "plane" else {
          reader.fixtures.append(Fixture(mask: mask, attributes: attributes))
          return
        }
        guard ground == nil else {
          throw ModelError(
            geom.place, subject: "<worldbody>", expected: "one <geom> of type plane", found: "a second one")
        }
        ground = try reader.readGround(attributes)
        reader.masks.insert(mask, at: 0)
      }
    }
    hasGround = ground != nil
    return ground
  }

  private func readGround(_ attributes: MJCFAttributes) throws(ModelError) -> RobotModel.Ground {
    guard try attributes.turn() == 0 else {
      throw ModelError(
        attributes.element.place, subject: "orientation of \(attributes.label)", expected: "level ground",
        found: "a slope")
    }
    try attributes.refuse(["fromto"], because: "a plane has a pos")
    return RobotModel.Ground(height: try attributes.position("pos").z, surface: try surface(attributes))
  }

  /// Reads the geoms of a body into the body that it belongs to, and returns whether one has a fault.
  mutating func readGeoms(_ element: XMLTree, in frame: Frame) -> Bool {
    var total = MassProperties()
    var faults = 0
    for geom in element.children where geom.name == "geom" {
      faults += 1
      attempt { reader throws(ModelError) in
        let attributes = try reader.attributes(geom, childClass: frame.childClass)
        total = total + (try reader.readGeom(attributes, in: frame))
        faults -= 1
      }
    }
    if let body = frame.body {
      let sum = MassProperties(of: bodies[body]) + total
      (bodies[body].mass, bodies[body].centerOfMass, bodies[body].inertia) = (sum.mass, sum.center, sum.inertia)
    }
    return faults > 0
  }

  /// Reads a geom of a body, and returns its mass.
  private mutating func readGeom(_ attributes: MJCFAttributes, in frame: Frame) throws(ModelError) -> MassProperties {
    try names.take(attributes, kind: "geom")
    let isCapsule = try attributes.choice("type", of: ["capsule", "sphere"], otherwise: "sphere") == "capsule"
    let (segment, radius) = isCapsule ? try capsule(attributes) : try sphere(attributes)
    let ends = segment.map { $0.turned(by: frame.rotation) + frame.origin }
    let along = ends[1] - ends[0]
    let height = along.square.squareRoot()
    let density = try attributes.number("density", in: 0...1e6, otherwise: 1000)
    let mass = try attributes.number(
      "mass", in: 0...1e5, otherwise: density * MassProperties.volume(height: height, radius: radius))
    let group = try attributes.wholeNumber("group", in: -1e6...1e6, otherwise: 0)
    guard let body = frame.body else {
      fixtures.append(Fixture(mask: try mask(attributes, of: nil), attributes: attributes))
      return MassProperties()
    }
    let mask = try mask(attributes, of: .init(body: body, capsule: bodies[body].capsules.count))
    masks.append(mask)
    bodies[body].capsules.append(
      RobotModel.Capsule(
        name: attributes.name, ends: ends, radius: radius, surface: try surface(attributes),
        touchesGround: hasGround && mask.meets(masks[0])))
    guard massGroups.contains(group) else { return MassProperties() }
    return MassProperties(capsuleOfMass: mass, from: ends[0], to: ends[1], radius: radius)
  }

  private static let orientations = ["axisangle", "euler", "quat"]

  /// The values of a geom's `size`: a radius, and further values for some kinds.
  private func size(_ attributes: MJCFAttributes, count: ClosedRange<Int>) throws(ModelError) -> [Double] {
    let size = try attributes.numbers("size", count: 1...3, in: 0...10) ?? []
    guard let radius = size.first, radius >= 1e-3 else {
      throw attributes.fault("size", expected: "a radius from 0.001 to 10 m")
    }
    // MuJoCo's own files add trailing zeros.
    guard size.dropFirst(count.upperBound).allSatisfy({ $0 == 0 }) else {
      throw attributes.fault(
        "size",
        expected: count.upperBound == 1
          ? "a radius alone: type is sphere unless it is given, and fromto gives a capsule's length"
          : "a radius and half a length")
    }
    return Array(size.prefix(count.upperBound))
  }

  /// The ends of a sphere's segment, which coincide, in the file's frame of its body, and its radius.
  private func sphere(_ attributes: MJCFAttributes) throws(ModelError) -> ([RobotModel.Vector], Double) {
    try attributes.refuse(
      ["fromto"] + Self.orientations, because: "the geom is a sphere; type=\"capsule\" makes it long")
    let size = try size(attributes, count: 1...1)
    let center = try attributes.position("pos")
    return ([center, center], size[0])
  }

  /// The two ends of a capsule's segment in the file's frame of its body, and its radius.
  private func capsule(_ attributes: MJCFAttributes) throws(ModelError) -> ([RobotModel.Vector], Double) {
    if let ends = try attributes.numbers("fromto", count: 6...6, in: -100...100) {
      try attributes.refuse(["pos"] + Self.orientations, because: "fromto says where the capsule lies")
      guard ends[1] == 0, ends[4] == 0 else {
        throw attributes.fault("fromto", expected: "two points in the x-z plane (y = 0)")
      }
      let first = RobotModel.Vector(x: ends[0], z: ends[2]), second = RobotModel.Vector(x: ends[3], z: ends[5])
      let along = second - first
      guard along.x * along.x + along.z * along.z > 1e-12 else {
        throw attributes.fault("fromto", expected: "two points, apart from one another")
      }
      // MuJoCo takes the length from the ends, whatever else the size says.
      return ([first, second], try size(attributes, count: 1...3)[0])
    }
    let size = try size(attributes, count: 2...2)
    guard size.count > 1, size[1] > 0 else {
      throw attributes.fault("size", expected: "a radius and half a length above 0, or fromto")
    }
    let center = try attributes.position("pos")
    // The axis of a capsule is its z axis.
    let half = RobotModel.Vector(x: 0, z: size[1]).turned(by: .init(angle: try attributes.turn()))
    return ([center - half, center + half], size[0])
  }

  private func surface(_ geom: MJCFAttributes) throws(ModelError) -> RobotModel.Surface {
    var surface = RobotModel.Surface()
    // With one or three contact dimensions, rolling and torsional friction are not used.
    surface.friction = try geom.numbers("friction", count: 1...3, in: 0...100)?[0] ?? 1
    surface.contactDimensions = try geom.wholeNumber("condim", otherwise: 3)
    guard surface.contactDimensions == 1 || surface.contactDimensions == 3 else {
      throw geom.fault("condim", expected: "1 or 3")
    }
    surface.margin = try geom.number("margin", in: 0...10, otherwise: 0)
    surface.softness = try geom.softness(reference: "solref", impedance: "solimp")
    return surface
  }

  private func mask(
    _ geom: MJCFAttributes, of member: RobotModel.Pair.Member?
  ) throws(ModelError) -> CollisionMask {
    CollisionMask(
      member: member, type: try geom.wholeNumber("contype", otherwise: 1),
      affinity: try geom.wholeNumber("conaffinity", otherwise: 1))
  }

  /// Checks that nothing may touch what does not move, but for the ground.
  mutating func checkFixtures() {
    for fixture in fixtures where masks.contains(where: { $0.member != nil && $0.meets(fixture.mask) }) {
      attempt { _ throws(ModelError) in
        throw fixture.attributes.fault(
          "contype",
          expected: "values of contype and conaffinity by which nothing touches it: a plane is all that is touched")
      }
    }
  }

  /// The capsules that may touch each other. As in MuJoCo, a body and its parent never touch.
  func pairs() throws(ModelError) -> [RobotModel.Pair] {
    var pairs: [RobotModel.Pair] = []
    for (index, first) in masks.enumerated() {
      for second in masks[(index + 1)...] where first.meets(second) {
        guard let one = first.member, let other = second.member, one.body != other.body else { continue }
        guard bodies[other.body].parent != one.body, bodies[one.body].parent != other.body else { continue }
        pairs.append(.init(first: one, second: other))
      }
    }
    return pairs
  }
}

extension MassProperties {
  fileprivate init(of body: RobotModel.Body) {
    self.init()
    (mass, center, inertia) = (body.mass, body.centerOfMass, body.inertia)
  }
}
