import Foundation
import Scenes
import Testing

@testable import Environments

/// What files of others have: classes, several joints on a body, welded bodies, included files, and several faults at once.
@Suite struct MJCFFeatureTests {
  private func read(_ text: String) throws -> RobotModel {
    try RobotModel(mjcf: Data(text.utf8), file: "robot.xml")
  }

  private func read(replacing old: String, with new: String) throws -> RobotModel {
    #expect(MJCFReaderTests.robot.contains(old))
    return try read(MJCFReaderTests.robot.replacingOccurrences(of: old, with: new))
  }

  private static let defaults = "<default><geom conaffinity=\"0\"/></default>"

  @Test func classesInheritAndBodiesChooseThem() throws {
    let model = try read(
      MJCFReaderTests.robot.replacingOccurrences(
        of: Self.defaults,
        with: """
          <default><geom conaffinity="0" friction="0.5"/><joint armature="0.1"/>
            <default class="soft"><geom solref="0.1"/>
              <default class="stiff"><joint stiffness="3" springref="10"/><geom friction="0.7"/></default>
            </default>
          </default>
          """
      )
      .replacingOccurrences(of: "<body name=\"leg\"", with: "<body childclass=\"stiff\" name=\"leg\"")
      .replacingOccurrences(of: "<geom name=\"trunk\"", with: "<geom class=\"soft\" name=\"trunk\""))
    let (trunk, leg) = (model.bodies[0].capsules[0].surface, model.bodies[1].capsules[0].surface)
    #expect(trunk.friction == 0.5 && trunk.softness.timeConstant == 0.1)
    #expect(leg.friction == 0.7 && leg.softness.timeConstant == 0.1)
    #expect(model.joints[3].stiffness == 3 && model.joints[3].armature == 0.1 && model.joints[2].stiffness == 0)
    #expect(abs(model.joints[3].relaxed - .pi / 18) < 1e-15)
    for wrong in ["<geom class=\"none\" name=\"leg\"", "<geom childclass=\"none\" name=\"leg\""] {
      #expect(throws: ModelError.self) { try read(replacing: "<geom name=\"leg\"", with: wrong) }
    }
  }

  @Test func referencesAndMarginsAreRead() throws {
    let model = try read(replacing: "range=\"-90 45\"", with: "range=\"-90 45\" ref=\"30\" margin=\"0.1\"")
    #expect(abs(model.joints[3].reference - .pi / 6) < 1e-15 && model.joints[3].limitMargin == 0.1)
    // As in MuJoCo, the reference pose is that of the file, whatever its positions are called.
    #expect(model.bodies == (try read(MJCFReaderTests.robot)).bodies)
    let high = try read(replacing: "axis=\"0 0 1\"", with: "axis=\"0 0 1\" ref=\"1.25\"")
    #expect(RobotState(referenceOf: high).positions == [0, 1.25, 0, 0])
  }

  /// A body that has no joint moves with its parent, and its mass is the parent's.
  @Test func weldedBodiesAreOne() throws {
    let whole = try read(MJCFReaderTests.robot)
    let geom = "<geom name=\"leg\" type=\"capsule\" size=\"0.05 0.2\" pos=\"0 0 -0.2\" mass=\"2\"/>"
    let welded = try read(
      replacing: geom,
      with: """
        <body name="socket" pos="0.1 0 0" euler="0 90 0">
          <geom name="leg" type="capsule" size="0.05 0.2" pos="0.2 0 -0.1" quat="1 0 -1 0" mass="2"/>
        </body>
        """)
    #expect(welded.bodies.map(\.name) == ["trunk", "leg"] && welded.joints == whole.joints)
    let (leg, expected) = (welded.bodies[1], whole.bodies[1])
    #expect(abs(leg.centerOfMass.x - expected.centerOfMass.x) < 1e-15)
    #expect(abs(leg.centerOfMass.z - expected.centerOfMass.z) < 1e-15 && abs(leg.inertia - expected.inertia) < 1e-15)
  }

  /// Joints of one body follow one another as in MuJoCo: the later ones move with the earlier ones.
  @Test func aBodyMayHaveSeveralJoints() throws {
    let model = try read(
      replacing: "<joint name=\"knee\"",
      with: "<joint name=\"extension\" type=\"slide\" axis=\"1 0 -1\"/><joint name=\"knee\"")
    #expect(model.joints.map(\.name) == ["rootx", "rootz", "rooty", "extension", "knee"])
    #expect(model.joints[4].parent == 3 && model.joints[4].anchor == .zero && model.bodies[1].joint == 4)
    let half = 0.5.squareRoot()
    guard case .slide(let axis) = model.joints[3].kind else {
      Issue.record("no slide")
      return
    }
    #expect(abs(axis.x - half) < 1e-15 && abs(axis.z + half) < 1e-15)
    #expect(PhysicsKind.auto.resolved(for: model) == .lanes)
    try PhysicsKind.lanes.prove(model)
  }

  /// Slides along x and z are one motion in either order, and every engine moves both; states keep the file's order.
  @Test(arguments: PhysicsKind.engines) func theRootMaySlideAlongZFirst(engine: PhysicsKind) throws {
    let x = "<joint name=\"rootx\" type=\"slide\" axis=\"1 0 0\"/>"
    let z = "<joint name=\"rootz\" type=\"slide\" axis=\"0 0 1\"/>"
    let usual = try read(MJCFReaderTests.robot)
    let swapped = try read(
      MJCFReaderTests.robot.replacingOccurrences(of: x, with: "<x/>").replacingOccurrences(of: z, with: x)
        .replacingOccurrences(of: "<x/>", with: z))
    #expect(swapped.joints.map(\.name) == ["rootz", "rootx", "rooty", "knee"] && swapped.freeJoint == 1)
    let first = try engine.makePhysics(model: usual, count: 1)
    let second = try engine.makePhysics(model: swapped, count: 1)
    first.reset(row: 0, to: RobotState(positions: [1, 2, 0.3, 0.4], velocities: [5, 6, 0.7, 0.8]))
    second.reset(row: 0, to: RobotState(positions: [2, 1, 0.3, 0.4], velocities: [6, 5, 0.7, 0.8]))
    var displacement: [Double] = [0]
    for physics in [first, second] {
      var room = displacement.mutableSpan
      physics.step(actions: [0.5].span, physicsSteps: 10, displacements: &room)
    }
    let (one, other) = (first.state(ofRow: 0), second.state(ofRow: 0))
    #expect([one.positions[1], one.positions[0]] == Array(other.positions.prefix(2)))
    #expect([one.velocities[1], one.velocities[0]] == Array(other.velocities.prefix(2)))
    func observed(_ physics: any RobotPhysics) -> [Float] {
      var values = [Float](repeating: 0, count: physics.model.observationSize)
      var room = values.mutableSpan
      physics.observe(into: &room)
      return values
    }
    var expected = observed(first)
    expected.swapAt(3, 4)
    #expect(observed(second) == expected)
  }

  /// Limbs that may touch each other are pairs, but for a body and its parent.
  @Test func limbsThatMayTouchArePairs() throws {
    let text = MJCFReaderTests.robot.replacingOccurrences(of: Self.defaults, with: "")
    #expect(try read(text).pairs.isEmpty)
    let foot = "<body name=\"foot\"><joint name=\"ankle\" axis=\"0 1 0\"/><geom size=\"0.1\"/></body></body>"
    let place = try #require(text.range(of: "</body>"))
    let model = try read(text.replacingCharacters(in: place, with: foot))
    #expect(model.pairs == [.init(first: .init(body: 0, capsule: 0), second: .init(body: 2, capsule: 0))])
    #expect(throws: UnsupportedRobotError.self) { try Box2DPhysics.checkSupport(of: model) }
    #expect(PhysicsKind.usual(for: model) == .lanes)
  }

  /// What lies to the side of the plane moves as in it, and touches what lies beside it only within reach.
  @Test func aPlaceToTheSideDoesNotMatterInThePlane() throws {
    let robot = try read(MJCFReaderTests.robot)
    #expect(try read(replacing: "pos=\"0.5 0 0\"", with: "pos=\"0.5 0.3 0\"") == robot)
    #expect(try read(replacing: "fromto=\"0 0 0 0.5 0 0\"", with: "fromto=\"0 -1 0 0.5 -1 0\"") == robot)
    func touching(apart: Double) throws -> RobotModel {
      let text = MJCFReaderTests.robot.replacingOccurrences(of: Self.defaults, with: "")
      let foot =
        "<body name=\"foot\" pos=\"0 \(apart) 0\"><joint name=\"ankle\" axis=\"0 1 0\"/><geom size=\"0.1\"/></body></body>"
      return try read(text.replacingCharacters(in: try #require(text.range(of: "</body>")), with: foot))
    }
    #expect(try touching(apart: 0).pairs.count == 1 && touching(apart: 1e-12).pairs.count == 1)
    // The radii are 0.05 and 0.1 m.
    #expect(try touching(apart: 0.2).pairs.isEmpty)
    #expect(throws: ModelError.self) { try touching(apart: 0.1) }
  }

  /// The capsules of a scene lie where the joints carry them: the leg hangs from the end of the trunk, and a quarter turn
  /// about +y lays it to the left.
  @Test func scenesHaveTheCapsulesInTheWorld() throws {
    let model = try read(MJCFReaderTests.robot)
    var state = RobotState(referenceOf: model)
    state.positions = [2, 0.5, 0, .pi / 2]
    let scene = model.scene(in: state)
    let (leg, trunk) = (scene.limbs[0], scene.limbs[1])
    let expected = [(leg.start, 2.1, 1.5), (leg.end, 2.5, 1.5), (trunk.start, 2, 1.5), (trunk.end, 2.5, 1.5)]
    for (place, x, y) in expected { #expect(abs(place.x - x) < 1e-12 && abs(place.y - y) < 1e-12) }
    #expect(trunk.radius == 0.05 && trunk.body == 0 && leg.body == 1)
    #expect(abs(scene.focus.x - 2.25) < 1e-12 && scene.ground == 0 && scene.goal == nil)
  }

  @Test func orientationsByAxesAreTurns() throws {
    let leg = "size=\"0.05 0.2\" pos=\"0 0 -0.2\""
    let turned = try read(replacing: leg, with: leg + " euler=\"0 30 0\"")
    for other in ["zaxis=\"1 0 1.7320508075688772\"", "xyaxes=\"1.7320508075688772 0 -1 0 2 0\""] {
      let found = try read(replacing: leg, with: leg + " " + other).bodies[1].capsules[0].ends
      for (one, two) in zip(found, turned.bodies[1].capsules[0].ends) { #expect((one - two).square < 1e-24) }
    }
    for wrong in ["zaxis=\"0 1 0\"", "xyaxes=\"1 0 0 0 0 1\"", "xyaxes=\"1 0 0 0 -1 0\""] {
      #expect(throws: ModelError.self) { try read(replacing: leg, with: leg + " " + wrong) }
    }
  }

  /// MuJoCo lays an inverted z axis by a half turn about x, which a body in the plane does not have; a capsule does not mind.
  @Test func anInvertedAxisIsRefusedWhereItMatters() throws {
    let leg = "size=\"0.05 0.2\" pos=\"0 0 -0.2\""
    #expect(try read(replacing: leg, with: leg + " zaxis=\"0 0 -1\"").bodies[1].mass == 2)
    #expect(throws: ModelError.self) {
      try read(replacing: "<body name=\"leg\"", with: "<body zaxis=\"0 0 -1\" name=\"leg\"")
    }
  }

  /// Boxes that may touch each other, or what does not move, are refused; a body and its parent never touch.
  @Test func solidsThatMayTouchAreRefused() throws {
    let leg = "<geom name=\"leg\" type=\"capsule\" size=\"0.05 0.2\" pos=\"0 0 -0.2\" mass=\"2\"/>"
    let box = "<geom type=\"box\" size=\"0.1 0.1 0.1\" contype=\"2\" conaffinity=\"2\"/>"
    let foot = "<body name=\"foot\"><joint name=\"ankle\" axis=\"0 1 0\"/>\(box)</body>"
    let trunk = "<geom name=\"trunk\""
    func robot(_ trunkGeom: String, _ legGeom: String, world: String = "") throws -> RobotModel {
      try read(
        MJCFReaderTests.robot.replacingOccurrences(of: leg, with: legGeom)
          .replacingOccurrences(of: trunk, with: trunkGeom + trunk)
          .replacingOccurrences(of: "<worldbody>", with: "<worldbody>" + world))
    }
    #expect(try robot(box, box).bodies[1].capsules.isEmpty)
    #expect(throws: ModelError.self) { try robot(box, leg + foot) }
    #expect(throws: ModelError.self) { try robot("", leg + foot, world: box) }
    #expect(try robot("", leg + foot).bodies.count == 3)
  }

  /// MuJoCo's total mass is that of all bodies, those that do not move among them.
  @Test func totalMassIsThatOfFixedBodiesToo() throws {
    let text = """
      <mujoco><compiler settotalmass="10"/><worldbody><body name="base"><geom size="0.1" mass="3"/>
        <body name="arm"><joint name="hinge" axis="0 1 0"/><geom size="0.1" mass="1" contype="0" conaffinity="0"/></body>
      </body></worldbody><actuator><motor joint="hinge" ctrlrange="-1 1"/></actuator></mujoco>
      """
    let model = try read(
      text.replacingOccurrences(of: "mass=\"3\"", with: "mass=\"3\" contype=\"0\" conaffinity=\"0\""))
    #expect(abs(model.bodies[0].mass - 2.5) < 1e-12)
  }

  /// A robot of other shapes than capsules is drawn by where its masses are.
  @Test func solidsAreSeen() throws {
    let leg = "type=\"capsule\" size=\"0.05 0.2\" pos=\"0 0 -0.2\""
    let model = try read(replacing: leg, with: "contype=\"0\" type=\"box\" size=\"0.1 0.2 0.3\" pos=\"0 0 -0.2\"")
    let limb = try #require(model.scene(in: RobotState(referenceOf: model)).limbs.first { $0.body == 1 })
    #expect(abs(limb.end.y - 0.8) < 1e-12 && limb.start.y == 1 && limb.radius > 0.05)
  }

  /// Of a box, a cylinder and an ellipsoid that touch nothing, the mass alone moves: the closed forms of solid bodies.
  @Test(
    arguments: [
      ("box\" size=\"0.1 0.2 0.3", 0.0666666667), ("cylinder\" size=\"0.1 0.3", 0.065),
      ("ellipsoid\" size=\"0.1 0.2 0.3", 0.04), ("cylinder\" size=\"0.1\" fromto=\"0 0 0.1 0 0 -0.5", 0.065),
    ] as [(String, Double)])
  func solidsThatTouchNothingHaveMass(type: String, inertia: Double) throws {
    let leg = "type=\"capsule\" size=\"0.05 0.2\" pos=\"0 0 -0.2\""
    let place = type.contains("fromto") ? "" : "pos=\"0 0 -0.2\" euler=\"0 40 0\""
    let model = try read(replacing: leg, with: "contype=\"0\" type=\"\(type)\" \(place)")
    #expect(model.bodies[1].mass == 2 && abs(model.bodies[1].inertia - inertia) < 1e-9)
    #expect(abs(model.bodies[1].centerOfMass.z + 0.2) < 1e-12 && model.bodies[1].capsules.isEmpty)
    let heavy = try read(replacing: leg + " mass=\"2\"", with: "contype=\"0\" type=\"box\" size=\"0.1 0.2 0.3\"")
    #expect(abs(heavy.bodies[1].mass - 48) < 1e-9)
  }

  @Test func anInertialTakesThePlaceOfGeoms() throws {
    let leg = "<geom name=\"leg\""
    let inertial = "<inertial pos=\"0.1 0.7 -0.3\" mass=\"3\" "
    let diagonal = try read(replacing: leg, with: inertial + "diaginertia=\"0.1 0.2 0.25\"/>" + leg).bodies[1]
    #expect(diagonal.mass == 3 && diagonal.inertia == 0.2)
    #expect((diagonal.centerOfMass - .init(x: 0.1, z: -0.3)).square < 1e-30)
    #expect(diagonal.capsules.count == 1)
    let full = try read(replacing: leg, with: inertial + "fullinertia=\"0.1 0.2 0.25 0 0.01 0\"/>" + leg).bodies[1]
    #expect(full.inertia == 0.2)
    // A quarter turn about x lays the third axis along y, and an eighth both halves.
    for (quat, inertia) in [
      ("1 1 0 0", 0.25), ("0.92387953 0.38268343 0 0", 0.225), ("1 0 3 0", 0.2), ("1 0 0 1", 0.1),
    ] {
      let turned = try read(
        replacing: leg, with: inertial + "quat=\"\(quat)\" diaginertia=\"0.1 0.2 0.25\"/>" + leg)
      #expect(abs(turned.bodies[1].inertia - inertia) < 1e-8)
    }
    for wrong in [
      "quat=\"1 0 0 0\" euler=\"0 3 0\" diaginertia=\"1 1 1\"", "diaginertia=\"0.1 0.1 1\"",
      "fullinertia=\"1 1 1 5 5 5\"", "diaginertia=\"1 1 1\" fullinertia=\"1 1 1 0 0 0\"",
    ] {
      #expect(throws: ModelError.self) { try read(replacing: leg, with: inertial + wrong + "/>" + leg) }
    }
    let compiler = "<compiler angle=\"degree\""
    let weighed = MJCFReaderTests.robot.replacingOccurrences(of: leg, with: inertial + "diaginertia=\"1 1 1\"/>" + leg)
      .replacingOccurrences(of: compiler, with: compiler + " inertiafromgeom=\"true\"")
    #expect(try read(weighed).bodies == (try read(MJCFReaderTests.robot)).bodies)
  }

  @Test func flagsSwitchOffWhatTheyName() throws {
    let robot = try read(MJCFReaderTests.robot)
    func flagged(_ flags: String) throws -> RobotModel {
      try read(
        replacing: "<compiler angle=\"degree\"/>", with: "<compiler angle=\"degree\"/><option><flag \(flags)/></option>"
      )
    }
    #expect(robot.hasContacts && robot.joints[3].range != nil)
    #expect(try flagged("energy=\"enable\" warmstart=\"disable\" contact=\"enable\"") == robot)
    let airy = try flagged("contact=\"disable\"")
    #expect(!airy.hasContacts && airy.joints[3].range != nil)
    #expect(try flagged("limit=\"disable\"").joints[3].range == nil)
    // The last value counts, as of any attribute.
    let twice = "<option><flag contact=\"disable\"/></option><option><flag contact=\"enable\"/></option>"
    #expect(try read(replacing: "<worldbody>", with: twice + "<worldbody>") == robot)
    let free = try flagged("constraint=\"disable\" gravity=\"disable\"")
    #expect(!free.hasContacts && free.joints[3].range == nil && free.gravity == .zero)
    let explicit = try flagged("eulerdamp=\"disable\"")
    #expect(explicit.integrator == .explicitEuler && PhysicsKind.usual(for: explicit) == .lanes)
    #expect(throws: UnsupportedRobotError.self) { try Box2DPhysics.checkSupport(of: explicit) }
    try PhysicsKind.lanes.prove(explicit)
  }

  /// One explicit step of a damper without anything else: v' = v - h B v / M; the implicit one is v / (1 + h B / M).
  @Test(arguments: [RobotModel.Integrator.euler, .explicitEuler]) func dampersAreImplicitUnlessTheFileSaysOtherwise(
    _ integrator: RobotModel.Integrator
  ) throws {
    let flag = integrator == .euler ? "" : "<flag eulerdamp=\"disable\"/>"
    let model = try read(
      """
      <mujoco><option timestep="0.01" gravity="0 0 0">\(flag)</option><worldbody><body>
        <joint name="slide" type="slide" axis="1 0 0" damping="40"/><geom size="0.1" mass="2" contype="0" conaffinity="0"/>
      </body></worldbody><actuator><motor joint="slide" ctrlrange="-1 1"/></actuator></mujoco>
      """)
    let physics = try LanesPhysics(model: model, count: 1)
    physics.reset(row: 0, to: RobotState(positions: [0], velocities: [1]))
    physics.step(actions: [0], physicsSteps: 1)
    let expected = integrator == .euler ? 1 / (1 + 0.2) : 1 - 0.2
    #expect(abs(physics.state(ofRow: 0).velocities[0] - expected) < 1e-6)
  }

  /// A world geom that nothing may touch is there for the eye.
  @Test func decorationsOfTheWorldAreSkipped() throws {
    let world = "<worldbody>"
    let decorated = try read(
      replacing: world, with: world + "<geom type=\"box\" contype=\"0\" conaffinity=\"0\" size=\"1 1 1\"/>")
    #expect(decorated == (try read(MJCFReaderTests.robot)))
    let error = #expect(throws: ModelError.self) {
      try read(replacing: world, with: world + "<geom type=\"box\" conaffinity=\"1\" size=\"1 1 1\"/>")
    }
    #expect(error?.description.contains("a plane is all that is touched") == true)
  }

  @Test func allFaultsOfAFileAreToldAtOnce() throws {
    let text = MJCFReaderTests.robot
      .replacingOccurrences(of: "damping=\"1\"", with: "damping=\"-1\" frictionloss=\"2\"")
      .replacingOccurrences(of: "gear=\"10\"", with: "gear=\"many\"")
      .replacingOccurrences(of: "size=\"0.05 0.2\"", with: "size=\"0\"")
    let error = try #require(#expect(throws: ModelError.self) { try read(text) })
    let lines = error.description.split(separator: "\n")
    #expect(lines.count == 3 && error.others.count == 2, "\(error)")
    for (line, words) in zip(lines, ["frictionloss", "'damping'", "a radius"]) { #expect(line.contains(words)) }
    let many = MJCFReaderTests.robot.replacingOccurrences(
      of: "<actuator>", with: "<actuator>" + String(repeating: "<motor joint=\"none\"/>\n", count: 20))
    #expect((#expect(throws: ModelError.self) { try read(many) })?.others.count == 9)
  }

  // MARK: - Included files

  private func write(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "metarl-\(UUID().uuidString)")
    for (name, text) in files {
      let url = folder.appending(path: name)
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: url, atomically: true, encoding: .utf8)
    }
    return folder.path
  }

  @Test func includedFilesStandWhereTheyAreIncluded() throws {
    let robot = MJCFReaderTests.robot
    let start = try #require(robot.range(of: "<actuator>"))
    let end = try #require(robot.range(of: "</actuator>"))
    let actuator = String(robot[start.lowerBound..<end.upperBound])
    let folder = try write([
      "robot.xml": robot.replacingOccurrences(of: actuator, with: "<include file=\"parts/motors.xml\"/>"),
      "parts/motors.xml": "<mujocoinclude>\n<include file=\"more.xml\"/></mujocoinclude>",
      "parts/more.xml": "<mujoco>\(actuator)</mujoco>",
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try RobotModel(contentsOf: folder + "/robot.xml") == (try read(robot)))
  }

  @Test func aModelInTheRootFolderIncludesFiles() throws {
    let folder = try write(["part.xml": "<mujoco><worldbody/></mujoco>"])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = String((folder + "/part.xml").dropFirst())
    let text = Data("<mujoco><include file=\"\(path)\"/></mujoco>".utf8)
    #expect(try MJCFIncludes(folder: "/").expanded(text, file: "/robot.xml").children.map(\.name) == ["worldbody"])
  }

  @Test func includesThatLeadAstrayAreRefused() throws {
    let robot = MJCFReaderTests.robot
    func error(including name: String, _ files: [String: String] = [:]) throws -> String {
      let text = robot.replacingOccurrences(of: "<actuator>", with: "<include file=\"\(name)\"/><actuator>")
      let folder = try write(files.merging(["robot.xml": text]) { $1 })
      defer { try? FileManager.default.removeItem(atPath: folder) }
      return "\(try #require(#expect(throws: ModelError.self) { try RobotModel(contentsOf: folder + "/robot.xml") }))"
    }
    #expect(try error(including: "none.xml").contains("robot.xml:17: <include>: expected a readable file"))
    #expect(try error(including: "../other.xml").contains("a file in the folder of the model"))
    #expect(try error(including: "/etc/passwd").contains("a file in the folder of the model"))
    let loop = [
      "a.xml": "<mujoco><include file=\"b.xml\"/></mujoco>", "b.xml": "<mujoco><include file=\"a.xml\"/></mujoco>",
    ]
    #expect(
      try error(including: "a.xml", loop).contains("b.xml:1: <include>: expected a file that is not included already"))
    // A fault in an included file has that file's name and line.
    let faulty = ["a.xml": "<mujoco>\n<option timestep=\"0\"/></mujoco>"]
    #expect(try error(including: "a.xml", faulty).contains("a.xml:2: attribute 'timestep'"))
  }
}
