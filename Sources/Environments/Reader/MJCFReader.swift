public import Foundation

/// Reads robots from the planar subset of MJCF, MuJoCo's modelling language: one tree of bodies in the x-z plane with
/// hinges about y and slides, made of capsules and spheres, with or without a plane below.
///
/// The reader is strict: what would change the physics and is not understood is an error that names it and its line. What
/// affects only the appearance is skipped; `MJCFVocabulary` lists both. A file's faults are collected, so that its author
/// sees them at once. Names follow https://mujoco.readthedocs.io/en/stable/XMLreference.html.
struct MJCFReader {
  let file: String
  private(set) var angleUnit = Double.pi / 180
  private(set) var limitsFollowRanges = true
  /// Whether bodies have the masses of their geoms; those with an `<inertial>` do where `weighsAllGeoms` is true.
  private(set) var (weighsGeoms, weighsAllGeoms) = (true, false)
  /// The geoms that have a mass and a shape that is not moved through contacts.
  var solids: [Solid] = []
  private(set) var options = Options()
  /// The mass of bodies that do not move, in kilograms.
  var fixedMass = 0.0
  /// The groups of the geoms that have mass.
  private(set) var massGroups = 0...5
  var defaults = MJCFDefaults()
  var names = MJCFNames()
  var joints: [RobotModel.Joint] = []
  var bodies: [RobotModel.Body] = []
  /// Where each body's geoms stand in the file, for messages.
  var bodyPlaces: [XMLTree.Place] = []
  /// The geoms that collide, the ground's first where there is one.
  var masks: [CollisionMask] = []
  var hasGround = false
  /// The geoms of the world that are not the ground.
  var fixtures: [Fixture] = []
  private var faults: [ModelError] = []

  /// What `<option>` says.
  struct Options {
    var gravity = RobotModel.Vector(x: 0, z: -9.81)
    var timeStep = 0.002
    var integrator = RobotModel.Integrator.euler
    var (hasContacts, hasLimits) = (true, true)
  }

  /// The size in bytes of the largest file that is read: models are small, and larger files are something else.
  static let greatestFileSize = 1 << 20
  static let greatestBodyCount = 64
  /// The number of faults that are told of one file.
  private static let greatestFaultCount = 10

  /// Reads a document.
  /// - Parameters:
  ///   - file: its name in errors.
  ///   - folder: the folder from which it may include other files; nil where it has none.
  static func read(_ data: Data, file: String, folder: String? = nil) throws(ModelError) -> RobotModel {
    let document = try MJCFIncludes(folder: folder).expanded(data, file: file)
    guard document.name == "mujoco" else {
      throw ModelError(
        document.place, subject: "root element", expected: "<mujoco>", found: "<\(document.name)>")
    }
    var reader = MJCFReader(file: file)
    reader.faults = MJCFVocabulary.faults(of: document)
    return try reader.model(document)
  }

  private init(file: String) {
    self.file = file
  }

  /// Runs `body`, and keeps its fault to tell it with others.
  mutating func attempt(_ body: (inout MJCFReader) throws(ModelError) -> Void) {
    do {
      try body(&self)
    } catch {
      faults.append(error)
    }
  }

  private func throwFaults() throws(ModelError) {
    var distinct: [ModelError] = []
    for fault in faults where !distinct.contains(fault) { distinct.append(fault) }
    // In the order of the file, as far as it has one, and those of included files after it.
    let sorted = distinct.enumerated().sorted { one, other in
      (one.element.file == file ? 0 : 1, one.element.line ?? 0, one.offset)
        < (other.element.file == file ? 0 : 1, other.element.line ?? 0, other.offset)
    }
    guard var first = sorted.first?.element else { return }
    first.others = sorted.dropFirst().prefix(Self.greatestFaultCount - 1).map(\.element)
    throw first
  }

  /// The attributes of an element outside the bodies.
  func attributes(_ element: XMLTree) -> MJCFAttributes {
    MJCFAttributes(element: element, defaults: nil, angleUnit: angleUnit)
  }

  /// The attributes of an element with those of its class as a fallback.
  /// - Parameter childClass: the class of elements in this place that have none of their own; nil for the main one.
  func attributes(_ element: XMLTree, childClass: String?) throws(ModelError) -> MJCFAttributes {
    MJCFAttributes(
      element: element, defaults: try defaults.values(for: element, childClass: childClass), angleUnit: angleUnit)
  }

  private mutating func model(_ document: XMLTree) throws(ModelError) -> RobotModel {
    var totalMass: Double?
    attempt { reader throws(ModelError) in totalMass = try reader.readCompiler(document) }
    attempt { reader throws(ModelError) in try reader.defaults.read(document) }
    attempt { reader throws(ModelError) in reader.options = try reader.readOptions(document) }
    var ground: RobotModel.Ground?
    if let world = section("worldbody", of: document) {
      ground = readWorld(world)
      attempt { reader throws(ModelError) in try reader.readBodies(world) }
    } else {
      faults.append(
        ModelError(document.place, subject: "<mujoco>", expected: "a <worldbody>", found: "none"))
    }
    let motors = readMotors(document)
    checkFixtures()
    checkSolids()
    try throwFaults()
    var model = RobotModel(
      name: document.attributes["model"]?.text ?? "MuJoCo Model", joints: joints, bodies: bodies, motors: motors,
      ground: ground, pairs: try pairs(), gravity: options.gravity, timeStep: options.timeStep,
      integrator: options.integrator)
    // Bodies that do not move have their share.
    if let totalMass { model.scaleMasses(by: totalMass / (model.mass + fixedMass)) }
    try checkMasses(of: model)
    try checkNumbers(of: model)
    model.measureJoints()
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
        bodyPlaces[index], subject: "geoms of body \(model.label(ofBody: index))",
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
    guard attributes.value("coordinate")?.text ?? "local" == "local" else {
      throw attributes.fault("coordinate", expected: "local (MuJoCo no longer has global coordinates)")
    }
    let weighed = try attributes.choice("inertiafromgeom", of: ["true", "auto", "false"], otherwise: "auto")
    (weighsGeoms, weighsAllGeoms) = (weighed != "false", weighed == "true")
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

  private func readOptions(_ document: XMLTree) throws(ModelError) -> Options {
    var options = Options()
    guard let element = section("option", of: document) else { return options }
    let attributes = attributes(element)
    let gravity = try attributes.numbers("gravity", count: 3...3, in: -1000...1000) ?? [0, 0, -9.81]
    guard gravity[1] == 0 else {
      throw attributes.fault("gravity", expected: "a direction in the x-z plane (y = 0)")
    }
    options.gravity = .init(x: gravity[0], z: gravity[2])
    options.timeStep = try attributes.number("timestep", in: 1e-4...0.05, otherwise: 0.002)
    let name = try attributes.choice("integrator", of: ["Euler", "RK4"], otherwise: "Euler")
    options.integrator = RobotModel.Integrator(rawValue: name) ?? .euler
    // As of any section, the last value of an attribute counts.
    let flags = element.children.filter { $0.name == "flag" }
    if var whole = flags.first {
      for section in flags.dropFirst() { whole.attributes.lay(section.attributes) }
      try read(self.attributes(whole), into: &options)
    }
    return options
  }

  /// Reads what a `<flag>` switches off.
  private func read(_ flags: MJCFAttributes, into options: inout Options) throws(ModelError) {
    func isOff(_ name: String) throws(ModelError) -> Bool {
      try flags.choice(name, of: ["enable", "disable"], otherwise: "enable") == "disable"
    }
    let hasConstraints = try !isOff("constraint")
    if try isOff("contact") || !hasConstraints { options.hasContacts = false }
    if try isOff("limit") || !hasConstraints { options.hasLimits = false }
    if try isOff("gravity") { options.gravity = .zero }
    if try isOff("eulerdamp"), options.integrator == .euler { options.integrator = .explicitEuler }
  }

  private mutating func readMotors(_ document: XMLTree) -> [RobotModel.Motor] {
    var motors: [RobotModel.Motor] = []
    let section = section("actuator", of: document)
    for element in section?.children ?? [] where element.name == "motor" {
      attempt { reader throws(ModelError) in
        if let motor = try reader.readMotor(element) { motors.append(motor) }
      }
    }
    if section?.children.isEmpty ?? true {
      faults.append(
        ModelError(
          section?.place ?? document.place, subject: "<actuator>", expected: "at least one <motor>", found: "none"))
    }
    return motors
  }

  /// - Returns: the motor; nil where its joint has a fault, which is told.
  private mutating func readMotor(_ element: XMLTree) throws(ModelError) -> RobotModel.Motor? {
    let attributes = try attributes(element, childClass: nil)
    let name = attributes.value("joint")?.text
    let joint = name.flatMap { name in joints.firstIndex { $0.name?.isSameName(as: name) == true } }
    if joint == nil, let name, names.has(name, kind: "joint") { return nil }
    guard let joint else { throw attributes.fault("joint", expected: "the name of a joint") }
    // A joint of the plane uses the first of the six values that MJCF allows.
    let gear = try attributes.numbers("gear", count: 1...6, in: -1e5...1e5)?[0] ?? 1
    let range = try attributes.numbers("ctrlrange", count: 2...2, in: -1e5...1e5)
    let isLimited = try attributes.flag("ctrllimited", automatic: limitsFollowRanges && range != nil)
    guard isLimited else {
      throw attributes.fault("ctrllimited", expected: "true, with a ctrlrange: actions have bounds")
    }
    guard let range, range[0] < range[1] else {
      throw attributes.fault("ctrlrange", expected: "two numbers, the smaller first")
    }
    try names.take(attributes, kind: "actuator")
    return .init(name: attributes.name, joint: joint, gear: gear, actionRange: range[0]...range[1])
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

  /// Whether an element of a kind has this name.
  func has(_ name: String, kind: String) -> Bool { taken[kind]?.contains(Array(name.utf8)) == true }
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

  /// The one-legged hopper that the package contains: `envs/hopper.xml`.
  public static func hopper() throws(ModelError) -> RobotModel {
    try MJCFReader.read(Data(PackageResources.hopper_xml), file: "hopper.xml")
  }

  /// The walker of two legs that the package contains: `envs/walker2d.xml`.
  public static func walker() throws(ModelError) -> RobotModel {
    try MJCFReader.read(Data(PackageResources.walker2d_xml), file: "walker2d.xml")
  }

  /// Reads a robot from MJCF text; `file` is its name in errors.
  public init(mjcf data: Data, file: String) throws(ModelError) {
    self = try MJCFReader.read(data, file: file)
  }

  /// Reads a robot from a file of the planar subset of MJCF, which may be a pipe.
  public init(contentsOf path: String) throws(ModelError) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    self = try MJCFReader.read(MJCFIncludes.contents(of: path), file: path, folder: folder)
  }

  fileprivate mutating func scaleMasses(by factor: Double) {
    for index in bodies.indices {
      bodies[index].mass *= factor
      bodies[index].inertia *= factor
    }
  }
}
