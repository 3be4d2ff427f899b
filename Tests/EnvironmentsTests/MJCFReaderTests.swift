import Foundation
import Testing

@testable import Environments

/// What the reader takes and what it refuses. The subject is a small robot of two bodies; each fault is one change to it.
@Suite struct MJCFReaderTests {
  static let robot = """
    <mujoco model="pair">
      <compiler angle="degree"/>
      <default><geom conaffinity="0"/></default>
      <worldbody>
        <geom type="plane" size="1 1 1" conaffinity="1"/>
        <body name="trunk" pos="0 0 1">
          <joint name="rootx" type="slide" axis="1 0 0"/>
          <joint name="rootz" type="slide" axis="0 0 1"/>
          <joint name="rooty" type="hinge" axis="0 1 0"/>
          <geom name="trunk" type="capsule" fromto="0 0 0 0.5 0 0" size="0.05"/>
          <body name="leg" pos="0.5 0 0">
            <joint name="knee" axis="0 1 0" range="-90 45" damping="1"/>
            <geom name="leg" type="capsule" size="0.05 0.2" pos="0 0 -0.2" mass="2"/>
          </body>
        </body>
      </worldbody>
      <actuator><motor joint="knee" gear="10" ctrlrange="-1 1"/></actuator>
    </mujoco>
    """

  private func read(_ text: String) throws -> RobotModel {
    try RobotModel(mjcf: Data(text.utf8), file: "pair.xml")
  }

  @Test func readsDegreesRangesAndDefaults() throws {
    let model = try read(Self.robot)
    #expect(model.name == "pair")
    #expect(model.coordinateCount == 4)
    #expect(model.timeStep == 0.002)
    let knee = model.joints[3]
    let range = try #require(knee.range)
    #expect(abs(range.lowerBound + .pi / 2) < 1e-15 && abs(range.upperBound - .pi / 4) < 1e-15)
    #expect(model.bodies[1].mass == 2)
    // Capsules of 0.5 m and 0.05 m radius: pi r^2 (h + 4/3 r) x 1000 kg/m^3.
    #expect(abs(model.bodies[0].mass - Double.pi * 2.5 * (0.5 + 0.2 / 3)) < 1e-12)
    let capsules = model.bodies.flatMap(\.capsules)
    #expect(capsules.count(where: \.touchesGround) == 2)
  }

  @Test func skipsWhatIsForTheEye() throws {
    let decorated = Self.robot
      .replacingOccurrences(
        of: "<default>", with: "<visual><quality/></visual><asset><material name=\"m\"/></asset><default>"
      )
      .replacingOccurrences(
        of: "<geom name=\"leg\"", with: "<site name=\"tip\"/><camera/><geom rgba=\"1 0 0 1\" name=\"leg\"")
    #expect(try read(decorated) == read(Self.robot))
  }

  /// One body turned in the file and everything in it turned back is the same robot.
  @Test func foldsTurnedFramesIntoTheReferencePose() throws {
    let turned = Self.robot
      .replacingOccurrences(
        of: "<body name=\"leg\" pos=\"0.5 0 0\"", with: "<body name=\"leg\" pos=\"0.5 0 0\" euler=\"0 90 0\""
      )
      .replacingOccurrences(
        of: "size=\"0.05 0.2\" pos=\"0 0 -0.2\"", with: "size=\"0.05 0.2\" pos=\"0.2 0 0\" quat=\"1 0 -1 0\"")
    let straight = try read(Self.robot).bodies[1]
    let model = try read(turned).bodies[1]
    // Double precision on lengths below a metre.
    #expect(abs(model.centerOfMass.x - straight.centerOfMass.x) < 1e-15)
    #expect(abs(model.centerOfMass.z - straight.centerOfMass.z) < 1e-15)
    #expect(abs(model.inertia - straight.inertia) < 1e-15)
  }

  @Test func movesTheFrameOfABodyToItsHinge() throws {
    let shifted = Self.robot
      .replacingOccurrences(of: "<body name=\"leg\" pos=\"0.5 0 0\"", with: "<body name=\"leg\" pos=\"0.5 0 -0.2\"")
      .replacingOccurrences(of: "pos=\"0 0 -0.2\" mass", with: "pos=\"0 0 0\" mass")
      .replacingOccurrences(of: "name=\"knee\"", with: "name=\"knee\" pos=\"0 0 0.2\"")
    #expect(try read(shifted).bodies[1] == read(Self.robot).bodies[1])
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    var replace: String
    var with: String
    var line: Int
    var message: String
    var testDescription: String { with.isEmpty ? "without \(replace)" : with }
  }

  static let faults = [
    Fault(replace: "axis=\"0 1 0\" range", with: "axis=\"1 0 0\" range", line: 12, message: "attribute 'axis'"),
    Fault(
      replace: "range=\"-90 45\"", with: "range=\"-90 45\" frictionloss=\"1\"", line: 12, message: "'frictionloss'"),
    Fault(replace: "range=\"-90 45\"", with: "range=\"45 -90\"", line: 12, message: "'range' of <joint> 'knee'"),
    Fault(replace: "range=\"-90 45\"", with: "range=\"-90\"", line: 12, message: "expected 2 numbers"),
    Fault(replace: "range=\"-90 45\"", with: "limited=\"true\"", line: 12, message: "'range'"),
    Fault(replace: "damping=\"1\"", with: "damping=\"nan\"", line: 12, message: "found \"nan\""),
    Fault(replace: "damping=\"1\"", with: "damping=\"inf\"", line: 12, message: "found \"inf\""),
    Fault(replace: "damping=\"1\"", with: "damping=\"1e400\"", line: 12, message: "found \"1e400\""),
    Fault(replace: "damping=\"1\"", with: "damping=\"-1\"", line: 12, message: "found \"-1\""),
    Fault(replace: "damping=\"1\"", with: "damping=\"0x10\"", line: 12, message: "found \"0x10\""),
    Fault(replace: "damping=\"1\"", with: "damping=\"one\"", line: 12, message: "found \"one\""),
    Fault(replace: "pos=\"0.5 0 0\"", with: "pos=\"0.5 0 1e9\"", line: 11, message: "between -100.0 and 100.0"),
    Fault(replace: "pos=\"0.5 0 0\"", with: "euler=\"30 0 0\"", line: 11, message: "a turn about the y axis"),
    Fault(
      replace: "fromto=\"0 0 0 0.5 0 0\"", with: "fromto=\"0 0 0 0.5 1 0\"", line: 10, message: "one place along y"),
    Fault(replace: "type=\"capsule\" size", with: "type=\"mesh\" size", line: 13, message: "capsule or sphere"),
    Fault(
      replace: "type=\"capsule\" size=\"0.05 0.2\"", with: "type=\"box\" size=\"1 1 1\"", line: 13,
      message: "capsule or sphere, or values of contype"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<option><flag clampctrl=\"disable\"/></option>", line: 2,
      message: "'clampctrl' of <flag>"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<option><flag contact=\"off\"/></option>", line: 2,
      message: "enable or disable"),
    Fault(
      replace: "<geom name=\"leg\"", with: "<inertial pos=\"0 0 0\" diaginertia=\"1 1 1\"/><geom name=\"leg\"",
      line: 13,
      message: "'mass' of <inertial>"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<compiler inertiafromgeom=\"false\"/>", line: 6,
      message: "an <inertial> with mass"),
    Fault(replace: "size=\"0.05 0.2\"", with: "size=\"0\"", line: 13, message: "a radius"),
    Fault(replace: "mass=\"2\"", with: "mass=\"0\"", line: 11, message: "a geom with mass"),
    Fault(replace: "mass=\"2\"", with: "mass=\"1e-9\"", line: 11, message: "geoms of body 'leg'"),
    Fault(replace: "mass=\"2\"", with: "mass=\"2\" condim=\"6\"", line: 13, message: "'condim'"),
    Fault(replace: "type=\"hinge\" axis=\"0 1 0\"", with: "type=\"hinge\" axis=\"0 0 1\"", line: 9, message: "'axis'"),
    Fault(replace: "joint=\"knee\"", with: "joint=\"hip\"", line: 17, message: "found \"hip\""),
    Fault(replace: "ctrlrange=\"-1 1\"", with: "", line: 17, message: "'ctrllimited'"),
    Fault(replace: "<motor joint=\"knee\" gear=\"10\" ctrlrange=\"-1 1\"/>", with: "", line: 17, message: "<motor>"),
    Fault(replace: "<motor ", with: "<position ", line: 17, message: "element <position> in <actuator>"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<option wind=\"1 0 0\"/>", line: 2, message: "'wind' of <option>"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<option gravity=\"0 1 0\"/>", line: 2, message: "in the x-z plane"
    ),
    Fault(replace: "<compiler angle=\"degree\"/>", with: "<option timestep=\"0\"/>", line: 2, message: "'timestep'"),
    Fault(replace: "<compiler angle=\"degree\"/>", with: "<equality/>", line: 2, message: "element <equality>"),
    Fault(
      replace: "<compiler angle=\"degree\"/>", with: "<include file=\"a\"/>", line: 2,
      message: "no folder to include from"),
    Fault(replace: "angle=\"degree\"", with: "angle=\"grad\"", line: 2, message: "radian or degree"),
    Fault(replace: "angle=\"degree\"", with: "coordinate=\"global\"", line: 2, message: "no longer has global"),
    Fault(replace: "type=\"plane\"", with: "type=\"sphere\"", line: 5, message: "a plane is all that is touched"),
    Fault(replace: "<mujoco model=\"pair\">", with: "<mujoco model=\"pair\">words", line: 1, message: "elements only"),
    Fault(replace: "<mujoco", with: "<!DOCTYPE m [<!ENTITY a \"b\">]><mujoco", line: 1, message: "no entities"),
    Fault(replace: "<mujoco", with: "<?a?><mujoco", line: 1, message: "no processing instructions"),
    Fault(replace: "damping=\"1\"", with: "damping=\"1&#10;x\"", line: 12, message: "found \"1 x\""),
    Fault(replace: "gear=\"10\"", with: "gear=\"10\" gear=\"20\"", line: 17, message: "attribute 'gear' given twice"),
  ]

  @Test(arguments: faults) func refuses(_ fault: Fault) throws {
    var text = Self.robot
    let place = try #require(text.range(of: fault.replace))
    text.replaceSubrange(place, with: fault.with)
    let error = try expectError(of: text, toSay: fault.message)
    let line = try #require(error.line)
    #expect(line == fault.line, "\(error)")
  }

  /// Reads a robot that must be refused by one line with `message` in it.
  private func expectError(of text: String, toSay message: String) throws -> ModelError {
    let error = try #require(#expect(throws: ModelError.self) { try read(text) })
    let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0].contains(message), "\(error)")
    // Further faults of the file are lines of their own.
    #expect(lines.count == 1 + error.others.count)
    return error
  }

  // MARK: - Files of others

  private func read(replacing old: String, with new: String) throws -> RobotModel {
    #expect(Self.robot.contains(old))
    return try read(Self.robot.replacingOccurrences(of: old, with: new))
  }

  /// MuJoCo gives mass to groups 0 to 5, unless `inertiagrouprange` says otherwise; the others collide all the same.
  @Test func geomsBeyondTheGroupsOfMassHaveNone() throws {
    let leg = "<geom name=\"leg\""
    let extra = "<geom group=\"7\" contype=\"0\" type=\"capsule\" size=\"0.1\" fromto=\"0 0 0 .5 0 0\"/>"
    let model = try read(replacing: leg, with: extra + leg)
    #expect(model.mass == (try read(Self.robot)).mass)
    #expect(model.bodies[1].inertia == (try read(Self.robot)).bodies[1].inertia)
    #expect(model.bodies[1].capsules.count == 2)
    let inGroup = try read(replacing: leg, with: extra.replacingOccurrences(of: "7", with: "5") + leg)
    // MuJoCo's 19.9 kg: pi 0.01 (0.5 + 4/3 0.1) x 1000.
    #expect(abs(inGroup.mass - model.mass - .pi * 10 * (0.5 + 0.4 / 3)) < 1e-9)
    let wider = try read(
      Self.robot.replacingOccurrences(of: leg, with: extra + leg)
        .replacingOccurrences(of: "angle=\"degree\"", with: "angle=\"degree\" inertiagrouprange=\"0 7\""))
    #expect(wider.mass == inGroup.mass)
  }

  /// What MuJoCo merges is merged: the last of an attribute counts, and children follow one another.
  @Test func repeatedSectionsAreMerged() throws {
    let end = "</mujoco>"
    let merged = try read(
      replacing: end,
      with: """
        <option timestep="0.01"/><option gravity="0 0 -1"/><default><geom density="500"/></default>
        <default class="main"><geom density="250" friction="0.3"/></default>
        <actuator><motor joint="knee" gear="5" ctrlrange="-1 1"/></actuator><worldbody><light/></worldbody></mujoco>
        """)
    #expect(merged.timeStep == 0.01 && merged.gravity.z == -1)
    let trunk = merged.bodies[0]
    #expect(trunk.capsules[0].surface.friction == 0.3)
    #expect(abs(trunk.mass - (try read(Self.robot)).bodies[0].mass / 4) < 1e-12)
    #expect(merged.motors.map(\.gear) == [10, 5])
    let radians = try read(replacing: end, with: "<compiler angle=\"radian\"/></mujoco>")
    #expect(radians.joints[3].range == -90...45)
  }

  /// Of an array of which fewer numbers are given, MuJoCo keeps the rest of what was there.
  @Test func numbersThatAreNotGivenStayAsTheyWere() throws {
    let knee = "<joint name=\"knee\""
    let defaults = """
      <default><joint solreflimit="0.02 0.2" solimplimit="0.9 0.99 0.5"/><geom solref="0.05 0.3"/></default>
      <default><joint solimplimit="0.3"/></default><worldbody>
      """
    let model = try read(
      Self.robot.replacingOccurrences(of: "<worldbody>", with: defaults)
        .replacingOccurrences(of: knee, with: knee + " solreflimit=\"0.1\"")
        .replacingOccurrences(of: "<geom name=\"leg\"", with: "<geom solref=\"0.06\" name=\"leg\""))
    let limit = model.joints[3].limitSoftness
    #expect(limit.timeConstant == 0.1 && limit.dampingRatio == 0.2)
    #expect(limit.minimumImpedance == 0.3 && limit.maximumImpedance == 0.99 && limit.width == 0.5)
    let contact = model.bodies[1].capsules[0].surface.softness
    #expect(contact.timeConstant == 0.06 && contact.dampingRatio == 0.3)
  }

  @Test func aRangeOfZerosIsNone() throws {
    let free = try read(replacing: "range=\"-90 45\"", with: "range=\"0 0\"")
    #expect(free.joints[3].range == nil)
  }

  /// Of two surfaces the greater `condim` counts; 1 on both is a contact without friction.
  @Test func contactDimensionsAreThoseOfBothSurfaces() throws {
    let floor = "<geom type=\"plane\""
    let floorAlone = try read(replacing: floor, with: "<geom condim=\"1\" type=\"plane\"")
    #expect(floorAlone.groundContact(of: floorAlone.bodies[0].capsules[0]).effectiveFriction == 1)
    let both = try read(
      Self.robot.replacingOccurrences(of: "<geom conaffinity", with: "<geom condim=\"1\" conaffinity"))
    #expect(both.groundContact(of: both.bodies[0].capsules[0]).effectiveFriction == 0)
  }

  @Test func anUnnamedJointHasNoName() throws {
    let model = try read(
      Self.robot.replacingOccurrences(
        of: "<geom name=\"leg\"",
        with: """
          <body name="knee"><joint axis="0 1 0"/><geom size="0.01" contype="0"/></body><geom name="leg"
          """))
    #expect(model.joints[4].name == nil)
    #expect(model.jointName(ofCoordinate: 4) == "4" && model.jointName(ofCoordinate: 3) == "knee")
  }

  @Test func readsByteOrderMarksLineEndsAndHyphensInComments() throws {
    let text = "\u{feff}" + Self.robot.replacingOccurrences(of: "<worldbody>", with: "<!-- a -- b\n--- --><worldbody>")
    #expect(try read(text) == read(Self.robot))
    #expect(try read(text.replacingOccurrences(of: "\n", with: "\r\n")) == read(Self.robot))
  }

  /// Each attribute stands on a line of its own, and so does its fault.
  @Test func faultsStandOnTheLinesOfTheirAttributes() throws {
    let text = Self.robot.replacingOccurrences(
      of: "axis=\"0 1 0\" range=\"-90 45\" damping=\"1\"", with: "\naxis=\"0 1 0\"\n  range = '-90 45'\n damping=\"x\"")
    let error = #expect(throws: ModelError.self) { try read(text) }
    #expect(error?.line == 15)
    let second = #expect(throws: ModelError.self) {
      try read(text.replacingOccurrences(of: "damping", with: "frictionloss"))
    }
    #expect(second?.line == 15)
  }

  @Test func limitsThatNobodySetBesideARangeAreRefused() {
    let text = Self.robot.replacingOccurrences(of: "angle=\"degree\"", with: "angle=\"degree\" autolimits=\"false\"")
      .replacingOccurrences(of: "range=\"-90 45\"", with: "limited=\"auto\" range=\"-90 45\"")
    let error = #expect(throws: ModelError.self) { try read(text) }
    #expect(error?.description.contains("'limited'") == true)
  }

  @Test func aNumberIsNobodysName() {
    let text = Self.robot.replacingOccurrences(of: "name=\"knee\"", with: "name=\"2\"")
      .replacingOccurrences(of: "joint=\"knee\"", with: "joint=\"2\"")
      .replacingOccurrences(of: " name=\"rooty\"", with: "")
    let error = #expect(throws: ModelError.self) { try read(text) }
    #expect(error?.description.contains("joint '2'") == true)
  }

  static let foreignFaults: [Fault] = [
    Fault(replace: "type=\"capsule\" fromto", with: "fromto", line: 10, message: "'fromto' of <geom> 'trunk'"),
    Fault(
      replace: "type=\"capsule\" size=\"0.05 0.2\"", with: "size=\"0.05 0.2\"", line: 13, message: "a radius alone"),
    Fault(replace: "0 0 0 0.5 0 0", with: "0 0 1 0 0 1", line: 10, message: "apart from one another"),
    Fault(replace: "fromto=", with: "pos=\"0 0 1\" fromto=", line: 10, message: "'pos' of <geom> 'trunk'"),
    Fault(replace: "fromto=", with: "euler=\"0 3 0\" fromto=", line: 10, message: "'euler' of <geom> 'trunk'"),
    Fault(replace: "size=\"0.05 0.2\"", with: "size=\"0.05 0\"", line: 13, message: "half a length above 0"),
    Fault(replace: "size=\"0.05 0.2\"", with: "size=\"0.05 0.2 0.3\"", line: 13, message: "a radius and half"),
    Fault(
      replace: "conaffinity=\"1\"/>", with: "conaffinity=\"1\" fromto=\"0 0 0 1 0 0\"/>", line: 5, message: "fromto"),
    Fault(replace: "joint name=\"knee\"", with: "joint", line: 17, message: "the name of a joint"),
    Fault(replace: "motor joint=\"knee\"", with: "motor joint=\"leg\"", line: 17, message: "found \"leg\""),
    Fault(replace: "body name=\"leg\"", with: "body name=\"trunk\"", line: 11, message: "no other body"),
    Fault(replace: "geom name=\"leg\"", with: "geom name=\"trunk\"", line: 13, message: "no other geom"),
    Fault(replace: "joint name=\"knee\"", with: "joint name=\"rootz\"", line: 12, message: "no other joint"),
    Fault(
      replace: "<motor joint=\"knee\"",
      with: "<motor name=\"m\" joint=\"knee\" ctrlrange=\"-1 1\"/><motor name=\"m\" joint=\"knee\"", line: 17,
      message: "no other actuator"),
    Fault(replace: "range=\"-90 45\"", with: "range=\"45 -90\"", line: 12, message: "the smaller first"),
    Fault(replace: "range=\"-90 45\"", with: "limited=\"true\" range=\"0 0\"", line: 12, message: "the smaller first"),
    Fault(
      replace: "angle=\"degree\"", with: "angle=\"degree\" autolimits=\"false\"", line: 12,
      message: "without autolimits"),
    Fault(replace: "body name=\"leg\"", with: "body name=\"world\"", line: 11, message: "another than the world's"),
    Fault(
      replace: "fromto=\"0 0 0 0.5 0 0\"", with: "fromto=\"0 0 0 0.5 0 0 <!-- 5 -->\"", line: 10,
      message: "not well-formed"),
    Fault(
      replace: "<geom name=\"leg\"", with: "<geom <!-- mass=\"5\" --> name=\"leg\"", line: 13,
      message: "not well-formed"),
    Fault(replace: "conaffinity=\"1\"/>", with: "conaffinity=\"1\" condim=\"6\"/>", line: 5, message: "1 or 3"),
    Fault(
      replace: "conaffinity=\"0\"", with: "conaffinity=\"0\" name=\"g\"", line: 3,
      message: "no name, no joint and no class"),
    Fault(replace: "</worldbody>", with: "</worldbodies>", line: 16, message: "another end than that of <worldbody>"),
    Fault(replace: "</mujoco>", with: "", line: 18, message: "<mujoco> without its end"),
    Fault(replace: "<worldbody>", with: "<!-- <worldbody>", line: 4, message: "-->"),
    Fault(replace: "gear=\"10\"", with: "gear=\"10\"\n\n  gear =\"20\"", line: 19, message: "'gear' given twice"),
  ]

  @Test(arguments: foreignFaults) func refusesWhatMuJoCoRefusesOrOverlooks(_ fault: Fault) throws {
    let place = try #require(Self.robot.range(of: fault.replace))
    let error = try expectError(of: Self.robot.replacingCharacters(in: place, with: fault.with), toSay: fault.message)
    #expect(error.line == fault.line, "\(error)")
  }

  @Test func refusesEveryPrefixOfAFile() throws {
    for length in 0..<Self.robot.utf8.count {
      let data = Data(Self.robot.utf8.prefix(length))
      let error = #expect(throws: ModelError.self) { try RobotModel(mjcf: data, file: "cut.xml") }
      #expect(error?.description.contains("\n") == false)
    }
  }

  @Test func refusesWhatIsNotMJCF() throws {
    let texts = ["", "hello", "<robot name=\"urdf\"/>", "<mujoco/>", "<mujoco><worldbody/></mujoco>", "\u{0}\u{1}"]
    for text in texts {
      #expect(throws: ModelError.self) { try read(text) }
    }
    for bytes in [[0xff, 0xfe, 0x00, 0x80], Array("<a>\u{0}</a>".utf8), Array("<pl".utf8) + [0xe9] + Array("/>".utf8)] {
      let error = #expect(throws: ModelError.self) { try RobotModel(mjcf: Data(bytes as [UInt8]), file: "noise") }
      #expect(error?.description == "noise: file: expected text in UTF-8, found other bytes")
    }
  }

  @Test func refusesRobotsAndFilesWithoutEnd() throws {
    let deep = String(repeating: "<a>", count: 200_000)
    #expect(throws: ModelError.self) { try read(deep) }
    let long = Data(repeating: UInt8(ascii: " "), count: 2 << 20)
    #expect(throws: ModelError.self) { try RobotModel(mjcf: long, file: "long.xml") }
    let foot = "<body><joint axis=\"0 1 0\"/><geom size=\"0.1\"/></body>"
    let place = try #require(Self.robot.range(of: "</body>"))
    let crowd = Self.robot.replacingCharacters(in: place, with: String(repeating: foot, count: 70) + "</body>")
    let error = #expect(throws: ModelError.self) { try read(crowd) }
    #expect(error?.expected == "at most 64 bodies")
  }

  @Test func namesAFileThatIsNotThere() throws {
    let error = #expect(throws: ModelError.self) { try RobotModel(contentsOf: "/no/such/robot.xml") }
    #expect(error?.description == "/no/such/robot.xml: file: expected a readable MJCF file, found none")
    #expect(throws: ModelError.self) { try RobotModel(contentsOf: "/") }
  }
}
