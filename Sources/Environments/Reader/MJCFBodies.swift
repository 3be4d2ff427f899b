extension MJCFReader {
  /// A body of the file while it is read.
  struct Frame {
    /// The index of the joint that carries it; nil for the world.
    var joint: Int?
    /// The index of the body in the model to which it belongs, which is its parent's where it is welded to it; nil for the
    /// world.
    var body: Int?
    /// The turn of the body in the file against the world, in the reference pose.
    var angle = 0.0
    var rotation = RobotModel.Rotation(angle: 0)
    /// The place of the body's origin in the file relative to the joint that carries it, along the world's axes.
    var origin = RobotModel.Vector.zero
    /// How far to the side of the plane its origin lies.
    var side = 0.0
    /// The class of elements in it that have none of their own.
    var childClass: String?
  }

  /// Reads the bodies of the world, of which one has all others in it.
  mutating func readBodies(_ world: XMLTree) throws(ModelError) {
    let roots = world.children.filter { $0.name == "body" }
    guard roots.count == 1 else {
      throw ModelError(
        roots.dropFirst().first?.place ?? world.place, subject: "<worldbody>", expected: "one <body>",
        found: roots.isEmpty ? "no body" : "\(roots.count) bodies")
    }
    try readBody(roots[0], in: Frame())
  }

  private mutating func readBody(_ element: XMLTree, in parent: Frame) throws(ModelError) {
    guard bodies.count < Self.greatestBodyCount else {
      throw ModelError(
        element.place, subject: "robot", expected: "at most \(Self.greatestBodyCount) bodies", found: "more")
    }
    let attributes = attributes(element)
    var frame = parent
    attempt { reader throws(ModelError) in
      try reader.names.take(attributes, kind: "body")
      if let childClass = attributes.value("childclass") {
        try reader.defaults.check(childClass)
        frame.childClass = childClass.text
      }
      frame.origin = frame.origin + (try attributes.position("pos")).turned(by: parent.rotation)
      frame.side += try attributes.side("pos")
      frame.angle += try attributes.turn()
      frame.rotation = .init(angle: frame.angle)
    }
    readJoints(element, into: &frame)
    // A body without joints is welded to its parent.
    if frame.joint != parent.joint, let joint = frame.joint {
      frame.body = bodies.count
      bodies.append(
        .init(
          name: attributes.name, parent: parent.body, joint: joint, mass: 0, centerOfMass: .zero, inertia: 0,
          capsules: []))
      bodyPlaces.append(element.place)
    }
    let hasFaults = readMasses(element, in: frame)
    for child in element.children where child.name == "body" { try readBody(child, in: frame) }
    if let body = frame.body, body != parent.body, bodies[body].mass == 0, !hasFaults {
      let found = bodies[body].capsules.isEmpty ? "no geom" : "no mass"
      let expected = weighsGeoms ? "a geom with mass" : "an <inertial> with mass"
      attempt { _ throws(ModelError) in
        throw ModelError(element.place, subject: attributes.label, expected: expected, found: found)
      }
    }
  }

  // MARK: - Joints

  private mutating func readJoints(_ element: XMLTree, into frame: inout Frame) {
    for joint in element.children where joint.name == "joint" {
      // A fault leaves the joint out, and what refers to it is not told as another one.
      var next = frame
      attempt { reader throws(ModelError) in
        let attributes = try reader.attributes(joint, childClass: frame.childClass)
        try reader.names.take(attributes, kind: "joint")
        next = try reader.readJoint(attributes, in: frame)
      }
      frame = next
    }
  }

  /// Reads a joint, and returns the frame of its body as the joint carries it.
  private mutating func readJoint(_ attributes: MJCFAttributes, in frame: Frame) throws(ModelError) -> Frame {
    let isSlide = try attributes.choice("type", of: ["hinge", "slide"], otherwise: "hinge") == "slide"
    let unit = isSlide ? 1 : angleUnit
    let kind = isSlide ? try slide(attributes, in: frame) : try hinge(attributes)
    // The place of a slide does not matter: it moves all of the body alike.
    let place = isSlide ? .zero : (try attributes.position("pos")).turned(by: frame.rotation)
    var joint = RobotModel.Joint(
      name: attributes.name, kind: kind, parent: frame.joint, anchor: frame.origin + place)
    joint.reference = try attributes.number("ref", in: -1e4...1e4, otherwise: 0) * unit
    joint.stiffness = try attributes.number("stiffness", in: 0...1e6, otherwise: 0)
    joint.relaxed = try attributes.number("springref", in: -1e4...1e4, otherwise: 0) * unit
    joint.damping = try attributes.number("damping", in: 0...1e6, otherwise: 0)
    joint.armature = try attributes.number("armature", in: 0...1e6, otherwise: 0)
    let range = try isLimited(attributes) ? try range(attributes, unit: unit) : nil
    joint.range = options.hasLimits ? range : nil
    joint.limitMargin = try attributes.number("margin", in: 0...10, otherwise: 0)
    if let range = joint.range, 2 * joint.limitMargin > range.upperBound - range.lowerBound {
      throw attributes.fault("margin", expected: "at most half of the range, so that one limit acts at a time")
    }
    joint.limitSoftness = try attributes.softness(reference: "solreflimit", impedance: "solimplimit")
    joints.append(joint)
    var next = frame
    next.joint = joints.count - 1
    next.origin = .zero - place
    return next
  }

  private func hinge(_ attributes: MJCFAttributes) throws(ModelError) -> RobotModel.Joint.Kind {
    let axis = try attributes.numbers("axis", count: 3...3, in: -1e3...1e3) ?? [0, 0, 1]
    guard axis[0] == 0, axis[2] == 0, axis[1] != 0 else { throw attributes.fault("axis", expected: "0 1 0 or 0 -1 0") }
    return .hinge(axis: axis[1] > 0 ? 1 : -1)
  }

  private func slide(_ attributes: MJCFAttributes, in frame: Frame) throws(ModelError) -> RobotModel.Joint.Kind {
    let axis = try attributes.numbers("axis", count: 3...3, in: -1e3...1e3) ?? [0, 0, 1]
    let along = RobotModel.Vector(x: axis[0], z: axis[2])
    guard axis[1] == 0, along.square > 1e-12 else {
      throw attributes.fault("axis", expected: "a direction in the x-z plane (y = 0)")
    }
    return .slide(axis: ((1 / along.square.squareRoot()) * along).turned(by: frame.rotation))
  }

  /// Whether a joint has limits. As in MuJoCo, a range of 0 0 counts as none.
  private func isLimited(_ joint: MJCFAttributes) throws(ModelError) -> Bool {
    let range = try joint.numbers("range", count: 2...2, in: -1e4...1e4)
    if joint.value("limited")?.text ?? "auto" == "auto", range != nil, !limitsFollowRanges {
      throw joint.fault("limited", expected: "true or false beside a range, without autolimits")
    }
    return try joint.flag("limited", automatic: limitsFollowRanges && range != nil && range != [0, 0])
  }

  private func range(_ joint: MJCFAttributes, unit: Double) throws(ModelError) -> ClosedRange<Double> {
    let numbers = try joint.numbers("range", count: 2...2, in: -1e4...1e4) ?? []
    guard numbers.count == 2, numbers[0] < numbers[1] else {
      throw joint.fault("range", expected: "two positions, the smaller first, of a limited joint")
    }
    return numbers[0] * unit...numbers[1] * unit
  }
}
