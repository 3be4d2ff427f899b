import Parts

/// The geoms that a geom can touch, by MuJoCo's rule: the type of either geom is matched with the affinity of the other.
struct CollisionMask {
  /// The body, and the place among its capsules; nil for the world.
  var member: RobotModel.Pair.Member?
  var type: Int
  var affinity: Int
  /// How far to the side of the plane the geom lies.
  var side = 0.0
  var radius = 0.0

  /// Whether nothing may touch the geom, whatever the others are.
  var isFree: Bool { type == 0 && affinity == 0 }

  func meets(_ other: CollisionMask) -> Bool {
    type & other.affinity != 0 || other.type & affinity != 0
  }
}

/// A geom that does not move and is not the ground: it is there for the eye, unless a body may touch it.
struct Fixture {
  var mask: CollisionMask
  var attributes: MJCFAttributes
}

/// A geom of a body whose shape has mass and is touched by nothing.
struct Solid {
  var mask: CollisionMask
  var body: Int
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
    // A plane has no end.
    let place = try attributes.numbers("pos", count: 3...3, in: -1e6...1e6) ?? [0, 0, 0]
    guard abs(place[2]) <= 100 else { throw attributes.fault("pos", expected: "a height from -100 to 100 m") }
    return RobotModel.Ground(height: place[2], surface: try surface(attributes))
  }

  /// Reads the geoms and the inertia of a body into the body that it belongs to, and returns whether one has a fault.
  mutating func readMasses(_ element: XMLTree, in frame: Frame) -> Bool {
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
    let inertials = element.children.filter { $0.name == "inertial" }
    if !weighsGeoms || (!inertials.isEmpty && !weighsAllGeoms) { total = MassProperties() }
    for (index, inertial) in inertials.enumerated() where !weighsAllGeoms {
      faults += 1
      attempt { reader throws(ModelError) in
        guard index == 0 else {
          throw ModelError(inertial.place, subject: "<body>", expected: "one <inertial>", found: "a second one")
        }
        total = try reader.inertia(reader.attributes(inertial), in: frame)
        faults -= 1
      }
    }
    if frame.body == nil { fixedMass += total.mass }
    if let body = frame.body {
      let sum = MassProperties(of: bodies[body]) + total
      (bodies[body].mass, bodies[body].centerOfMass, bodies[body].inertia) = (sum.mass, sum.center, sum.inertia)
    }
    return faults > 0
  }

  /// The mass that an `<inertial>` gives, whatever the geoms are.
  private func inertia(_ attributes: MJCFAttributes, in frame: Frame) throws(ModelError) -> MassProperties {
    var properties = MassProperties()
    guard attributes.value("mass") != nil else { throw attributes.fault("mass", expected: "a mass") }
    guard attributes.value("pos") != nil else { throw attributes.fault("pos", expected: "a position") }
    properties.mass = try attributes.number("mass", in: 0...1e5, otherwise: 0)
    properties.center = try attributes.position("pos").turned(by: frame.rotation) + frame.origin
    if let full = try attributes.numbers("fullinertia", count: 6...6, in: -1e6...1e6) {
      try attributes.refuse(["diaginertia"] + MJCFAttributes.orientations, because: "fullinertia says it all")
      // By Sylvester's criterion.
      let minor = full[0] * full[1] - full[3] * full[3]
      let determinant =
        full[2] * minor - full[5] * (full[0] * full[5] - full[3] * full[4])
        + full[4] * (full[3] * full[5] - full[1] * full[4])
      guard full[0] > 0, minor > 0, determinant > 0 else {
        throw attributes.fault("fullinertia", expected: "a positive definite matrix")
      }
      properties.inertia = full[1]
    } else if let diagonal = try attributes.numbers("diaginertia", count: 3...3, in: 0...1e6) {
      let sorted = diagonal.sorted()
      guard sorted[0] + sorted[1] >= sorted[2] * (1 - 1e-9) else {
        throw attributes.fault("diaginertia", expected: "moments of which no one exceeds the sum of the others")
      }
      properties.inertia = try attributes.acrossPlane(diagonal)
    } else {
      throw attributes.fault("diaginertia", expected: "three moments, or fullinertia")
    }
    return properties
  }

  /// Reads a geom of a body, and returns its mass.
  private mutating func readGeom(_ attributes: MJCFAttributes, in frame: Frame) throws(ModelError) -> MassProperties {
    try names.take(attributes, kind: "geom")
    let group = try attributes.wholeNumber("group", in: -1e6...1e6, otherwise: 0)
    let given = try attributes.numbers("mass", count: 1...1, in: 0...1e5)
    let isMassless = !massGroups.contains(group) || given == [0]
    var mask = try mask(attributes, of: nil)
    let type = attributes.value("type")?.text ?? "sphere"
    // What neither touches nor weighs anything is there for the eye.
    guard ["capsule", "sphere"].contains(type) || !isMassless || !mask.isFree else { return MassProperties() }
    guard ["capsule", "sphere"].contains(type) else {
      return try readSolid(attributes, type, mask, isMassless: isMassless, in: frame)
    }
    let (segment, radius) = type == "capsule" ? try capsule(attributes) : try sphere(attributes)
    let ends = segment.map { $0.turned(by: frame.rotation) + frame.origin }
    let along = ends[1] - ends[0]
    let mass = try mass(
      attributes, volume: MassProperties.volume(height: along.square.squareRoot(), radius: radius))
    guard let body = frame.body else {
      fixtures.append(Fixture(mask: mask, attributes: attributes))
      return isMassless
        ? MassProperties() : MassProperties(capsuleOfMass: mass, from: ends[0], to: ends[1], radius: radius)
    }
    mask.member = .init(body: body, capsule: bodies[body].capsules.count)
    (mask.side, mask.radius) = (frame.side + (try side(attributes)), radius)
    masks.append(mask)
    bodies[body].capsules.append(
      RobotModel.Capsule(
        name: attributes.name, ends: ends, radius: radius, surface: try surface(attributes),
        touchesGround: hasGround && mask.meets(masks[0])))
    guard !isMassless else { return MassProperties() }
    return MassProperties(capsuleOfMass: mass, from: ends[0], to: ends[1], radius: radius)
  }

  private func mass(_ attributes: MJCFAttributes, volume: Double) throws(ModelError) -> Double {
    let density = try attributes.number("density", in: 0...1e6, otherwise: 1000)
    return try attributes.number("mass", in: 0...1e5, otherwise: density * volume)
  }

  /// Reads a geom of a shape that is moved but touches nothing, and returns its mass.
  private mutating func readSolid(
    _ attributes: MJCFAttributes, _ type: String, _ mask: CollisionMask, isMassless: Bool, in frame: Frame
  ) throws(ModelError) -> MassProperties {
    let shapes = ["box": MassProperties.Solid.box, "cylinder": .cylinder, "ellipsoid": .ellipsoid]
    guard let shape = shapes[type] else {
      throw attributes.fault(
        "type", expected: "capsule or sphere, or where nothing touches it box, cylinder or ellipsoid")
    }
    if let body = frame.body {
      solids.append(Solid(mask: mask, body: body, attributes: attributes))
    } else {
      fixtures.append(Fixture(mask: mask, attributes: attributes))
    }
    var size = try attributes.numbers("size", count: 1...3, in: 0...100) ?? []
    // A turn in the plane does not change the moment about y.
    _ = try attributes.turn(isSymmetric: true)
    var center = try attributes.position("pos")
    if let ends = try attributes.numbers("fromto", count: 6...6, in: -100...100) {
      try attributes.refuse(["pos"] + MJCFAttributes.orientations, because: "fromto says where the geom lies")
      guard ends[1] == ends[4] else { throw attributes.fault("fromto", expected: "two points at one place along y") }
      let (first, second) = (RobotModel.Vector(x: ends[0], z: ends[2]), RobotModel.Vector(x: ends[3], z: ends[5]))
      let half = 0.5 * (second - first)
      center = first + half
      let length = half.square.squareRoot()
      size = shape == .cylinder ? size.prefix(1) + [length] : size.prefix(1) + size.prefix(1) + [length]
    }
    guard size.count >= shape.sizeCount, size.prefix(shape.sizeCount).allSatisfy({ $0 > 0 }) else {
      throw attributes.fault("size", expected: "\(shape.sizeCount) lengths above 0")
    }
    let mass = try mass(attributes, volume: shape.volume(size))
    guard !isMassless else { return MassProperties() }
    var properties = MassProperties()
    (properties.mass, properties.inertia) = (mass, mass * shape.inertia(size))
    properties.center = center.turned(by: frame.rotation) + frame.origin
    return properties
  }

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
      ["fromto"] + MJCFAttributes.orientations, because: "the geom is a sphere; type=\"capsule\" makes it long")
    let size = try size(attributes, count: 1...1)
    let center = try attributes.position("pos")
    return ([center, center], size[0])
  }

  /// The two ends of a capsule's segment in the file's frame of its body, and its radius.
  private func capsule(_ attributes: MJCFAttributes) throws(ModelError) -> ([RobotModel.Vector], Double) {
    if let ends = try attributes.numbers("fromto", count: 6...6, in: -100...100) {
      try attributes.refuse(["pos"] + MJCFAttributes.orientations, because: "fromto says where the capsule lies")
      guard ends[1] == ends[4] else {
        throw attributes.fault("fromto", expected: "two points at one place along y")
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
    let half = RobotModel.Vector(x: 0, z: size[1]).turned(by: .init(angle: try attributes.turn(isSymmetric: true)))
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
    let (type, affinity) = (
      try geom.wholeNumber("contype", otherwise: 1), try geom.wholeNumber("conaffinity", otherwise: 1)
    )
    return options.hasContacts
      ? CollisionMask(member: member, type: type, affinity: affinity)
      : CollisionMask(member: member, type: 0, affinity: 0)
  }

  /// How far to the side of its body's origin a capsule or a sphere lies.
  private func side(_ geom: MJCFAttributes) throws(ModelError) -> Double {
    if let ends = try geom.numbers("fromto", count: 6...6, in: -100...100) { return ends[1] }
    return try geom.side("pos")
  }

  /// Checks that nothing may touch what does not move, but for the ground.
  mutating func checkFixtures() {
    for fixture in fixtures
    where masks.contains(where: { $0.member != nil && $0.meets(fixture.mask) })
      || solids.contains(where: { $0.mask.meets(fixture.mask) })
    {
      attempt { _ throws(ModelError) in
        throw fixture.attributes.fault(
          "contype",
          expected: "values of contype and conaffinity by which nothing touches it: a plane is all that is touched")
      }
    }
  }

  /// Checks that nothing may touch a shape that is not a capsule.
  mutating func checkSolids() {
    func meets(_ solid: Solid, _ mask: CollisionMask, of body: Int?) -> Bool {
      mask.meets(solid.mask) && (body.map { canTouch($0, solid.body) } ?? true)
    }
    for solid in solids
    where masks.contains(where: { meets(solid, $0, of: $0.member?.body) })
      || solids.contains(where: { meets(solid, $0.mask, of: $0.body) })
    {
      attempt { _ throws(ModelError) in
        throw solid.attributes.fault(
          "type", expected: "capsule or sphere, or values of contype and conaffinity by which nothing touches it")
      }
    }
  }

  /// Whether geoms of two bodies may touch. As in MuJoCo, those of a body and its parent never do.
  private func canTouch(_ one: Int, _ other: Int) -> Bool {
    one != other && bodies[other].parent != one && bodies[one].parent != other
  }

  /// The capsules that may touch each other.
  func pairs() throws(ModelError) -> [RobotModel.Pair] {
    var pairs: [RobotModel.Pair] = []
    for (index, first) in masks.enumerated() {
      for second in masks[(index + 1)...] where first.meets(second) {
        guard let one = first.member, let other = second.member, canTouch(one.body, other.body) else { continue }
        let apart = abs(first.side - second.side)
        let surfaces = [one, other].map { bodies[$0.body].capsules[$0.capsule].surface }
        let reach = first.radius + second.radius + surfaces[0].margin + surfaces[1].margin
        // Side by side they never touch.
        guard apart < reach else { continue }
        guard apart < 1e-9 else {
          throw ModelError(
            bodyPlaces[other.body], subject: "geoms of body \(bodies[other.body].name ?? String(other.body))",
            expected: "to touch those of body \(bodies[one.body].name ?? String(one.body)) in one plane, or not at all",
            found: "\(apart.shortText) m between their planes, within reach")
        }
        pairs.append(.init(first: one, second: other))
      }
    }
    return pairs
  }
}

extension MJCFAttributes {
  /// The moment about y of a body that has these moments about the axes of its own.
  fileprivate func acrossPlane(_ moments: [Double]) throws(ModelError) -> Double {
    try checkOneOrientation()
    guard let numbers = try numbers("quat", count: 4...4, in: -1e4...1e4) else {
      // A turn about y keeps the axis.
      _ = try turn()
      return moments[1]
    }
    let square = numbers.reduce(0) { $0 + $1 * $1 }
    guard square > 1e-12 else { throw fault("quat", expected: "four numbers, not all 0") }
    let (w, x, y, z) = (numbers[0], numbers[1], numbers[2], numbers[3])
    // The second row of the rotation, squared.
    let row = [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)].map { $0 / square }
    return zip(row, moments).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
  }
}

extension MassProperties {
  fileprivate init(of body: RobotModel.Body) {
    self.init()
    (mass, center, inertia) = (body.mass, body.centerOfMass, body.inertia)
  }
}
