/// The geoms that a geom can touch, by MuJoCo's rule: the type of either geom is matched with the affinity of the other.
struct CollisionMask {
  var body: Int
  var label: String
  var line: Int
  var type: Int
  var affinity: Int

  func meets(_ other: CollisionMask) -> Bool {
    type & other.affinity != 0 || other.type & affinity != 0
  }
}

extension MJCFReader {
  /// The frame of a body in the file relative to its frame in the model, which is at the hinge and parallel to the world.
  private struct Frame {
    var index: Int
    var rotation: RobotModel.Rotation
    var angle: Double
    /// The position of the hinge, along the model's axes.
    var hinge: RobotModel.Vector
  }

  /// Reads the plane of <worldbody>. It must be read before other geoms, whose masks are matched with its mask.
  mutating func readGround(_ world: XMLTree) throws(ModelError) -> RobotModel.Ground {
    let geoms = world.children.filter { $0.name == "geom" }
    guard geoms.count == 1 else {
      throw ModelError(
        file: file, line: geoms.dropFirst().first?.line ?? world.line, subject: "<worldbody>",
        expected: "one <geom> of type plane", found: "\(geoms.count) geoms")
    }
    let attributes = attributes(geoms[0])
    guard attributes.value("type")?.text == "plane" else { throw attributes.fault("type", expected: "plane") }
    guard try attributes.turn() == 0 else {
      throw ModelError(
        file: file, line: geoms[0].line, subject: "orientation of \(attributes.label)", expected: "level ground",
        found: "a slope")
    }
    try attributes.refuse(["fromto"], because: "a plane has a pos")
    try names.take(attributes, kind: "geom")
    masks.append(try mask(attributes, body: -1))
    return RobotModel.Ground(
      height: try attributes.position("pos").z, friction: try friction(attributes),
      contactDimensions: try contactDimensions(attributes),
      softness: try attributes.softness(reference: "solref", impedance: "solimp"))
  }

  mutating func readBodies(_ world: XMLTree) throws(ModelError) {
    let roots = world.children.filter { $0.name == "body" }
    guard roots.count == 1 else {
      throw ModelError(
        file: file, line: roots.dropFirst().first?.line ?? world.line, subject: "<worldbody>", expected: "one <body>",
        found: roots.isEmpty ? "no body" : "\(roots.count) bodies")
    }
    try readBody(roots[0], parent: nil)
  }

  private mutating func readBody(_ element: XMLTree, parent: Frame?) throws(ModelError) {
    let attributes = attributes(element)
    let index = bodies.count
    guard index < Self.greatestBodyCount else {
      throw ModelError(
        file: file, line: element.line, subject: "robot", expected: "at most \(Self.greatestBodyCount) bodies",
        found: "more")
    }
    try names.take(attributes, kind: "body")
    let position = try attributes.position("pos")
    let turn = try attributes.turn()
    let joints = element.children.filter { $0.name == "joint" }
    var body = RobotModel.Body(
      name: attributes.name, parent: parent?.index, anchor: position, mass: 0,
      centerOfMass: .init(x: 0, z: 0), inertia: 0, capsules: [])
    var frame = Frame(index: index, rotation: .init(angle: turn), angle: turn, hinge: .init(x: 0, z: 0))
    if let parent {
      frame.angle += parent.angle
      frame.rotation = .init(angle: frame.angle)
      let (hinge, place) = try readHinge(joints, of: attributes)
      frame.hinge = place.turned(by: frame.rotation)
      body.hinge = hinge
      body.anchor = position.turned(by: parent.rotation) + frame.hinge - parent.hinge
    } else {
      guard turn == 0 else {
        throw ModelError(
          file: file, line: element.line, subject: "orientation of \(attributes.label)",
          expected: "none: the root's pitch is a coordinate", found: "a turn")
      }
      try checkRoot(joints, of: attributes)
    }
    try readGeoms(element, of: attributes, into: &body, frame: frame)
    bodies.append(body)
    for child in element.children where child.name == "body" { try readBody(child, parent: frame) }
  }

  /// Checks that the root moves freely along x, along z and in pitch, in this order.
  private mutating func checkRoot(_ joints: [XMLTree], of body: MJCFAttributes) throws(ModelError) {
    guard joints.count == 3 else {
      throw ModelError(
        file: file, line: body.element.line, subject: "joints of the root \(body.label)",
        expected: "3: slides along x and z, a hinge about y", found: "\(joints.count)")
    }
    let kinds = [("slide", [1.0, 0, 0]), ("slide", [0, 0, 1]), ("hinge", [0, 1, 0])]
    for (joint, (type, axis)) in zip(joints, kinds) {
      let attributes = attributes(joint)
      try names.take(attributes, kind: "joint")
      rootJoints.append(attributes.name)
      guard try attributes.choice("type", of: ["slide", "hinge"], otherwise: "hinge") == type else {
        throw attributes.fault("type", expected: type)
      }
      let given = try attributes.numbers("axis", count: 3...3, in: -1e3...1e3) ?? [0, 0, 1]
      guard zip(given, axis).allSatisfy({ $1 == 0 ? $0 == 0 : $0 > 0 }) else {
        throw attributes.fault("axis", expected: axis.map { "\(Int($0))" }.joined(separator: " "))
      }
      for name in ["stiffness", "damping", "armature"] {
        guard try attributes.number(name, in: -1e6...1e6, otherwise: 0) == 0 else {
          throw attributes.fault(name, expected: "0: the root moves freely")
        }
      }
      guard try !isLimited(attributes) else {
        throw attributes.fault("limited", expected: "false: the root moves freely")
      }
      guard try attributes.position("pos") == .init(x: 0, z: 0) else {
        throw attributes.fault("pos", expected: "0 0 0")
      }
    }
  }

  /// Whether a joint has limits. As in MuJoCo, a range of 0 0 counts as none.
  private func isLimited(_ joint: MJCFAttributes) throws(ModelError) -> Bool {
    let range = try joint.numbers("range", count: 2...2, in: -1e4...1e4)
    if joint.value("limited")?.text ?? "auto" == "auto", range != nil, !limitsFollowRanges {
      throw joint.fault("limited", expected: "true or false beside a range, without autolimits")
    }
    return try joint.flag("limited", automatic: limitsFollowRanges && range != nil && range != [0, 0])
  }

  /// Reads the hinge of a body below the root, and its position in the file's frame of that body.
  private mutating func readHinge(
    _ joints: [XMLTree], of body: MJCFAttributes
  ) throws(ModelError) -> (RobotModel.Hinge, RobotModel.Vector) {
    guard joints.count == 1 else {
      throw ModelError(
        file: file, line: body.element.line, subject: "joints of \(body.label)", expected: "one hinge about y",
        found: "\(joints.count)")
    }
    let attributes = attributes(joints[0])
    try names.take(attributes, kind: "joint")
    _ = try attributes.choice("type", of: ["hinge"], otherwise: "hinge")
    let axis = try attributes.numbers("axis", count: 3...3, in: -1e3...1e3) ?? [0, 0, 1]
    guard axis[0] == 0, axis[2] == 0, axis[1] != 0 else { throw attributes.fault("axis", expected: "0 1 0 or 0 -1 0") }
    let hinge = RobotModel.Hinge(
      name: attributes.name, axis: axis[1] > 0 ? 1 : -1,
      stiffness: try attributes.number("stiffness", in: 0...1e6, otherwise: 0),
      damping: try attributes.number("damping", in: 0...1e6, otherwise: 0),
      armature: try attributes.number("armature", in: 0...1e6, otherwise: 0),
      range: try isLimited(attributes) ? try range(attributes) : nil,
      limitSoftness: try attributes.softness(reference: "solreflimit", impedance: "solimplimit"), inverseInertia: 0)
    return (hinge, try attributes.position("pos"))
  }

  private func range(_ joint: MJCFAttributes) throws(ModelError) -> ClosedRange<Double> {
    let numbers = try joint.numbers("range", count: 2...2, in: -1e4...1e4) ?? []
    guard numbers.count == 2, numbers[0] < numbers[1] else {
      throw joint.fault("range", expected: "two angles, the smaller first, of a limited joint")
    }
    return numbers[0] * angleUnit...numbers[1] * angleUnit
  }

  private mutating func readGeoms(
    _ element: XMLTree, of attributes: MJCFAttributes, into body: inout RobotModel.Body, frame: Frame
  ) throws(ModelError) {
    var total = MassProperties()
    for geom in element.children where geom.name == "geom" {
      let (capsule, mass) = try readGeom(self.attributes(geom), body: frame.index, frame: frame)
      body.capsules.append(capsule)
      total = total + mass
    }
    guard total.mass > 0 else {
      throw ModelError(
        file: file, line: element.line, subject: attributes.label, expected: "a geom with mass",
        found: body.capsules.isEmpty ? "no geom" : "no mass")
    }
    body.mass = total.mass
    body.centerOfMass = total.center
    body.inertia = total.inertia
  }

  private mutating func readGeom(
    _ attributes: MJCFAttributes, body: Int, frame: Frame
  ) throws(ModelError) -> (RobotModel.Capsule, MassProperties) {
    try names.take(attributes, kind: "geom")
    let isCapsule = try attributes.choice("type", of: ["capsule", "sphere"], otherwise: "sphere") == "capsule"
    let (segment, radius) = isCapsule ? try capsule(attributes) : try sphere(attributes)
    let ends = segment.map { $0.turned(by: frame.rotation) - frame.hinge }
    let along = ends[1] - ends[0]
    let height = (along.x * along.x + along.z * along.z).squareRoot()
    let density = try attributes.number("density", in: 0...1e6, otherwise: 1000)
    let mass = try attributes.number(
      "mass", in: 0...1e5, otherwise: density * MassProperties.volume(height: height, radius: radius))
    let group = try attributes.wholeNumber("group", in: -1e6...1e6, otherwise: 0)
    let mask = try mask(attributes, body: body)
    masks.append(mask)
    let capsule = RobotModel.Capsule(
      name: attributes.name, ends: ends, radius: radius, friction: try friction(attributes),
      contactDimensions: try contactDimensions(attributes), touchesGround: mask.meets(masks[0]),
      softness: try attributes.softness(reference: "solref", impedance: "solimp"))
    guard massGroups.contains(group) else { return (capsule, MassProperties()) }
    return (capsule, MassProperties(capsuleOfMass: mass, from: ends[0], to: ends[1], radius: radius))
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
      return ([first, second], try size(attributes, count: 1...1)[0])
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

  private func friction(_ geom: MJCFAttributes) throws(ModelError) -> Double {
    // With one or three contact dimensions, rolling and torsional friction are not used.
    try geom.numbers("friction", count: 1...3, in: 0...100)?[0] ?? 1
  }

  private func contactDimensions(_ geom: MJCFAttributes) throws(ModelError) -> Int {
    let dimensions = try geom.wholeNumber("condim", otherwise: 3)
    guard dimensions == 1 || dimensions == 3 else { throw geom.fault("condim", expected: "1 or 3") }
    return dimensions
  }

  private func mask(_ geom: MJCFAttributes, body: Int) throws(ModelError) -> CollisionMask {
    CollisionMask(
      body: body, label: geom.label, line: geom.element.line, type: try geom.wholeNumber("contype", otherwise: 1),
      affinity: try geom.wholeNumber("conaffinity", otherwise: 1))
  }

  /// Checks that limbs touch the ground only. As in MuJoCo, a body and its parent never touch.
  func checkCollisions() throws(ModelError) {
    for (index, first) in masks.enumerated().dropFirst() {
      for second in masks[(index + 1)...]
      where first.body != second.body && bodies[second.body].parent != first.body && first.meets(second) {
        throw ModelError(
          file: file, line: second.line, subject: "contype and conaffinity of \(second.label)",
          expected: "limbs that do not touch each other (conaffinity=\"0\" on them)",
          found: "a contact with \(first.label)")
      }
    }
  }
}
