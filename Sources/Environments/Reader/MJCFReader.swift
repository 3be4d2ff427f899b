public import Foundation

/// Reads robots from the planar subset of MJCF, MuJoCo's modelling language: one tree of bodies in the x-z plane with
/// hinges about y, made of capsules and spheres, above a plane.
///
/// The reader is strict: what would change the physics and is not understood is an error that names it and its line. What
/// affects only the appearance is skipped; `MJCFVocabulary` lists both. Names follow
/// https://mujoco.readthedocs.io/en/stable/XMLreference.html.
struct MJCFReader {
  let file: String
  private(set) var angleUnit = Double.pi / 180
  private(set) var limitsFollowRanges = true
  /// The groups of the geoms that have mass.
  private(set) var massGroups = 0...5
  private(set) var defaults: [String: XMLTree] = [:]
  var names = MJCFNames()
  var rootJoints: [String?] = []
  var bodies: [RobotModel.Body] = []
  var masks: [CollisionMask] = []

  /// The size in bytes of the largest file that is read: models are small, and larger files are something else.
  static let greatestFileSize = 1 << 20
  static let greatestBodyCount = 64

  /// Reads a document; `file` is its name in errors.
  static func read(_ data: Data, file: String) throws(ModelError) -> RobotModel {
    guard data.count <= greatestFileSize else {
      throw ModelError(
        file: file, line: nil, subject: "file", expected: "at most \(greatestFileSize) bytes",
        found: "more")
    }
    let document = try XMLTree.parse([UInt8](data), file: file)
    guard document.name == "mujoco" else {
      throw ModelError(
        file: file, line: document.line, subject: "root element", expected: "<mujoco>", found: "<\(document.name)>")
    }
    try MJCFVocabulary.check(document, file: file)
    var reader = MJCFReader(file: file)
    return try reader.model(document)
  }

  private init(file: String) {
    self.file = file
  }

  func attributes(_ element: XMLTree) -> MJCFAttributes {
    MJCFAttributes(file: file, element: element, defaults: defaults[element.name], angleUnit: angleUnit)
  }

  private mutating func model(_ document: XMLTree) throws(ModelError) -> RobotModel {
    let totalMass = try readCompiler(document)
    try readDefaults(document)
    let (gravity, timeStep) = try readOptions(document)
    guard let world = section("worldbody", of: document) else {
      throw ModelError(
        file: file, line: document.line, subject: "<mujoco>", expected: "a <worldbody>", found: "none")
    }
    let ground = try readGround(world)
    try readBodies(world)
    try checkCollisions()
    let motors = try readMotors(document)
    var model = RobotModel(
      name: document.attributes["model"]?.text ?? "MuJoCo Model", rootJoints: rootJoints, bodies: bodies,
      motors: motors, ground: ground,
      gravity: gravity, timeStep: timeStep)
    if let totalMass { model.scale(toMass: totalMass) }
    try checkMasses(of: model)
    try checkNumbers(of: model)
    model.measureHinges()
    return model
  }

  /// Checks that the numbers of bodies and joints without names are not the names of others.
  private func checkNumbers(of model: RobotModel) throws(ModelError) {
    let lists = [
      ("joint", (0..<model.coordinateCount).map(model.jointName)), ("body", model.bodies.indices.map(model.bodyName)),
    ]
    for (kind, names) in lists {
      var taken: Set<String> = []
      for name in names where !taken.insert(name).inserted {
        throw ModelError(
          file: file, line: nil, subject: "\(kind) '\(name)'", expected: "another name, or one for every \(kind)",
          found: "that \(kind) number \(name) has none and is called so")
      }
    }
  }

  /// Checks the masses: in single precision, the inverse mass or inertia of a lighter body would underflow or overflow.
  private func checkMasses(of model: RobotModel) throws(ModelError) {
    for (index, body) in model.bodies.enumerated() where body.mass < 1e-4 || body.inertia < 1e-9 {
      throw ModelError(
        file: file, line: masks.first { $0.body == index }?.line,
        subject: "geoms of body \(model.label(ofBody: index))",
        expected: "at least 1e-4 kg and 1e-9 kg m^2", found: "\(body.mass) kg and \(body.inertia) kg m^2")
    }
  }

  /// All sections of that name merged into one; nil without any. As in MuJoCo, children follow one another, and where
  /// several sections have an attribute, the last one counts.
  private func section(_ name: String, of document: XMLTree) -> XMLTree? {
    let sections = document.children.filter { $0.name == name }
    guard var whole = sections.first else { return nil }
    for section in sections.dropFirst() {
      whole.attributes.lay(section.attributes)
      whole.children += section.children
    }
    return whole
  }

  /// Reads the compiler's attributes, and returns `settotalmass` if it is given.
  private mutating func readCompiler(_ document: XMLTree) throws(ModelError) -> Double? {
    guard let element = section("compiler", of: document) else { return nil }
    let attributes = attributes(element)
    // MJCF measures angles in degrees by default.
    angleUnit =
      try attributes.choice("angle", of: ["radian", "degree"], otherwise: "degree") == "radian" ? 1 : Double.pi / 180
    _ = try attributes.choice("coordinate", of: ["local"], otherwise: "local")
    _ = try attributes.choice("inertiafromgeom", of: ["true", "auto"], otherwise: "auto")
    limitsFollowRanges = try attributes.choice("autolimits", of: ["true", "false"], otherwise: "true") == "true"
    if let groups = try attributes.numbers("inertiagrouprange", count: 2...2, in: -1e6...1e6) {
      guard groups[0] <= groups[1], groups.allSatisfy({ $0 == $0.rounded() }) else {
        throw attributes.fault("inertiagrouprange", expected: "two whole numbers, the smaller first")
      }
      massGroups = Int(groups[0])...Int(groups[1])
    }
    // MuJoCo scales to a positive mass only.
    let mass = try attributes.number("settotalmass", in: -1...1e5, otherwise: -1)
    guard mass > 0 else { return nil }
    guard mass >= 1e-3 else { throw attributes.fault("settotalmass", expected: "at least a gram") }
    return mass
  }

  /// Reads the default sections. A section may define the defaults of a kind of element once; a later section adds to an
  /// earlier one.
  private mutating func readDefaults(_ document: XMLTree) throws(ModelError) {
    for section in document.children where section.name == "default" {
      _ = try attributes(section).choice("class", of: ["main"], otherwise: "main")
      var kinds: Set<String> = []
      for child in section.children {
        guard kinds.insert(child.name).inserted else {
          throw ModelError(
            file: file, line: child.line, subject: "element <\(child.name)> in <default>", expected: "at most one",
            found: "a second one")
        }
        if let line = child.attributes["name"]?.line ?? child.attributes["joint"]?.line {
          throw ModelError(
            file: file, line: line, subject: "<\(child.name)> in <default>", expected: "no name and no joint",
            found: "one, which would be that of every <\(child.name)>")
        }
        defaults[child.name, default: child].attributes.lay(child.attributes)
      }
    }
  }

  private func readOptions(_ document: XMLTree) throws(ModelError) -> (gravity: Double, timeStep: Double) {
    guard let element = section("option", of: document) else { return (-9.81, 0.002) }
    let attributes = attributes(element)
    let gravity = try attributes.numbers("gravity", count: 3...3, in: -1000...1000) ?? [0, 0, -9.81]
    guard gravity[0] == 0, gravity[1] == 0 else { throw attributes.fault("gravity", expected: "0 0 g") }
    let timeStep = try attributes.number("timestep", in: 1e-4...0.05, otherwise: 0.002)
    _ = try attributes.choice("integrator", of: ["Euler"], otherwise: "Euler")
    return (gravity[2], timeStep)
  }

  private mutating func readMotors(_ document: XMLTree) throws(ModelError) -> [RobotModel.Motor] {
    var motors: [RobotModel.Motor] = []
    let section = section("actuator", of: document)
    for element in section?.children ?? [] {
      let attributes = attributes(element)
      let joint = attributes.value("joint")?.text
      guard let joint, let body = bodies.firstIndex(where: { $0.hinge?.name?.isSameName(as: joint) == true }) else {
        throw attributes.fault("joint", expected: "the name of a hinge below the root")
      }
      // A hinge uses the first of the six values that MJCF allows.
      let gear = try attributes.numbers("gear", count: 1...6, in: -1e5...1e5)?[0] ?? 1
      let range = try attributes.numbers("ctrlrange", count: 2...2, in: -1e5...1e5)
      let isLimited = try attributes.flag("ctrllimited", automatic: limitsFollowRanges && range != nil)
      guard isLimited else { throw attributes.fault("ctrllimited", expected: "true: actions lie in -1 to 1") }
      guard range == [-1, 1] else { throw attributes.fault("ctrlrange", expected: "-1 1") }
      try names.take(attributes, kind: "actuator")
      motors.append(.init(name: attributes.name, body: body, gear: gear))
    }
    guard !motors.isEmpty else {
      throw ModelError(
        file: file, line: section?.line ?? document.line, subject: "<actuator>", expected: "at least one <motor>",
        found: "none")
    }
    return motors
  }
}

/// The names that elements of each kind already have.
struct MJCFNames {
  private var taken: [String: Set<[UInt8]>] = [:]

  /// Throws if another element of the same kind has the element's name. A name is its bytes, as in MuJoCo.
  mutating func take(_ attributes: MJCFAttributes, kind: String) throws(ModelError) {
    guard let name = attributes.name else { return }
    guard kind != "body" || name != "world" else {
      throw attributes.fault("name", expected: "another than the world's")
    }
    guard taken[kind, default: []].insert(Array(name.utf8)).inserted else {
      throw attributes.fault("name", expected: "a name that no other \(kind) has")
    }
  }
}

extension String {
  /// Whether two names have the same bytes. Strings compare equal when they are canonically equivalent.
  fileprivate func isSameName(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension RobotModel {
  /// The half-cheetah that the package contains: `envs/half_cheetah.xml`.
  public static func halfCheetah() throws(ModelError) -> RobotModel {
    try MJCFReader.read(Data(PackageResources.half_cheetah_xml), file: "half_cheetah.xml")
  }

  /// Reads a robot from MJCF text; `file` is its name in errors.
  public init(mjcf data: Data, file: String) throws(ModelError) {
    self = try MJCFReader.read(data, file: file)
  }

  /// Reads a robot from a file of the planar subset of MJCF, which may be a pipe.
  public init(contentsOf path: String) throws(ModelError) {
    func fault(_ found: String) -> ModelError {
      ModelError(
        file: path, line: nil, subject: "file", expected: "a readable MJCF file", found: found, isUnreadable: true)
    }
    guard let file = FileHandle(forReadingAtPath: path) else {
      throw fault(FileManager.default.fileExists(atPath: path) ? "one that cannot be read" : "none")
    }
    var data = Data()
    do {
      // One byte more than the limit is read, so that a larger file is recognised by its size.
      while data.count <= MJCFReader.greatestFileSize,
        let part = try file.read(upToCount: MJCFReader.greatestFileSize + 1 - data.count), !part.isEmpty
      {
        data.append(part)
      }
    } catch {
      throw fault("one that cannot be read")
    }
    self = try MJCFReader.read(data, file: path)
  }

  fileprivate mutating func scale(toMass total: Double) {
    let factor = total / mass
    for index in bodies.indices {
      bodies[index].mass *= factor
      bodies[index].inertia *= factor
    }
  }
}
