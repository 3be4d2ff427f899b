import Foundation
import Testing

/// `metarl robot`: what it shows, what it writes, and what it says of files that are none.
@Suite struct RobotCommandTests {
  private static let robot = """
    <mujoco model="pair">
      <option timestep="0.01"/>
      <default><geom type="capsule" size="0.05" conaffinity="0"/></default>
      <worldbody>
        <geom type="plane" size="1 1 1" conaffinity="1"/>
        <body name="trunk" pos="0 0 1">
          <joint name="rootx" type="slide" axis="1 0 0"/>
          <joint type="slide" axis="0 0 1"/>
          <joint name="rooty" axis="0 1 0"/>
          <geom fromto="0 0 0 0.5 0 0" mass="3"/>
          <body pos="0.5 0 0">
            <joint name="knee" axis="0 -1 0" range="-90 45" damping="1" armature="0.1"/>
            <geom fromto="0 0 0 0 0 -0.4" mass="2"/>
          </body>
        </body>
      </worldbody>
      <actuator><motor joint="knee" gear="GEAR" ctrlrange="-1 1"/></actuator>
    </mujoco>
    """

  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try write("pair.xml", Self.robot.replacingOccurrences(of: "GEAR", with: "10"))
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(name)"))
  }

  private func run(_ arguments: String...) throws -> RunningProgram.Result {
    try RunningProgram.run(["robot"] + arguments, in: folder.path)
  }

  @Test func jsonHasTheKeysThatProgramsRead() throws {
    let result = try run("pair.xml", "--json")
    #expect(result.status == 0)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["mass"] as? Double == 5 && object["time_step"] as? Double == 0.01)
    let bodies = try #require(object["bodies"] as? [[String: Any]])
    #expect(bodies.map { $0["name"] as? String } == ["trunk", "1"])
    #expect(bodies[0]["parent"] is NSNull && bodies[1]["parent"] as? String == "trunk")
    #expect(bodies[1]["center"] as? [Double] == [0.5, 0.8])
    #expect((bodies[1]["inertia"] as? Double ?? 0) > 0)
    let joints = try #require(object["joints"] as? [[String: Any]])
    #expect(joints.map { $0["name"] as? String } == ["rootx", "1", "rooty", "knee"])
    #expect(joints.map { $0["type"] as? String } == ["slide", "slide", "hinge", "hinge"])
    #expect(joints[0]["range"] is NSNull && joints[3]["body"] as? String == "1")
    let range = try #require(joints[3]["range"] as? [Double])
    #expect(abs(range[0] + .pi / 2) < 1e-12 && abs(range[1] - .pi / 4) < 1e-12)
    #expect(joints[3]["armature"] as? Double == 0.1 && joints[3]["damping"] as? Double == 1)
    #expect(joints[3]["stiffness"] as? Double == 0)
    let motors = try #require(object["motors"] as? [[String: Any]])
    #expect(motors.count == 1 && motors[0]["joint"] as? String == "knee" && motors[0]["gear"] as? Double == 10)
    let engines = try #require(object["engines"] as? [[String: Any]])
    #expect(engines.map { $0["name"] as? String } == ["box2d", "lanes"])
    #expect(engines.map { $0["moves"] as? Bool } == [true, true])
    #expect(engines.allSatisfy { $0["reason"] is NSNull })
  }

  @Test func textNamesEveryPartAndEngine() throws {
    let result = try run("pair.xml")
    #expect(result.status == 0)
    for word in ["pair: 5 kg", "trunk", "knee", "-1.5708 to 0.785398", "box2d: moves it", "lanes: moves it"] {
      #expect(result.output.contains(word), "\(word)")
    }
  }

  /// A robot that Box2D does not move is moved by lanes where nobody chose an engine.
  @Test func anEngineThatDoesNotMoveARobotSaysWhy() throws {
    let option = "<option timestep=\"0.01\""
    try write(
      "fine.xml",
      Self.robot.replacingOccurrences(of: "GEAR", with: "10").replacingOccurrences(
        of: option, with: option + " integrator=\"RK4\""))
    #expect(try run("fine.xml").output.contains("box2d: no: integrator: expected Euler, found RK4"))
    #expect(try run("fine.xml", "--steps", "2").status == 0)
    let result = try run("fine.xml", "--steps", "2", "--physics", "box2d")
    #expect(result.status == 65 && result.errors.count == 1 && result.errors[0].contains("integrator"))
  }

  @Test func everyFaultOfAFileIsALine() throws {
    try write(
      "bad.xml",
      Self.robot.replacingOccurrences(of: "GEAR", with: "much").replacingOccurrences(
        of: "mass=\"2\"", with: "mass=\"two\" wheels=\"4\""))
    let result = try run("bad.xml")
    #expect(result.status == 65 && result.errors.count == 3, "\(result.errors)")
  }

  /// A row a physics step; the last action holds on; a heading, a byte order mark and CR LF are no rows of actions.
  @Test func aTrajectoryHasARowAStep() throws {
    try write("state.json", #"{"positions": [0, 300, 0, 0.1], "velocities": [0.5, 0, 0, 0]}"#)
    try write("actions.csv", "\u{feff}knee\r\n1\r\n0.5\r\n")
    let result = try run(
      "pair.xml", "--steps", "3", "--state", "state.json", "--actions", "actions.csv", "--output", "out.csv")
    #expect(result.status == 0 && result.output.isEmpty)
    let lines = try folder.text("out.csv").split(separator: "\n").map(String.init)
    #expect(
      lines[0] == "time,qpos_rootx,qpos_1,qpos_rooty,qpos_knee,qvel_rootx,qvel_1,qvel_rooty,qvel_knee")
    let rows = lines.dropFirst().map { $0.split(separator: ",").compactMap { Double($0) } }
    #expect(rows.map { $0[0] } == [0.01, 0.02, 0.03] && rows.allSatisfy { $0.count == 9 })
    // It falls, and the motor drives the knee towards positive angles.
    #expect(rows[2][6] < rows[1][6] && rows[1][6] < rows[0][6] && rows[0][6] < 0)
    #expect(rows[2][4] > rows[0][4] && rows[0][4] > 0.1 && rows[0][8] > 0)
    try write("held.csv", "1\n0.5\n0.5\n")
    let held = try run("pair.xml", "--steps", "3", "--state", "state.json", "--actions", "held.csv")
    #expect(held.output == (try folder.text("out.csv")))
  }

  @Test(arguments: [
    (["none.xml"], 66, "a readable MJCF file"),
    (["pair.xml", "--steps", "0"], 64, "--steps"),
    (["pair.xml", "--steps", "5", "--physics", "mujoco"], 64, "unknown engine 'mujoco'"),
    (["pair.xml", "--steps", "5", "--json"], 64, "--json"),
    (["pair.xml", "--state", "state.json"], 64, "--steps"),
    (["pair.xml", "--steps", "5", "--state", "short.json"], 65, "expected 4 numbers"),
    (["pair.xml", "--steps", "5", "--state", "typo.json"], 65, "did you mean 'velocities'?"),
    (["pair.xml", "--steps", "5", "--actions", "two.csv"], 65, "two.csv:2: expected 1 number"),
    (["pair.xml", "--steps", "5", "--actions", "nan.csv"], 65, "nan.csv:1"),
    (["pair.xml", "--steps", "5", "--actions", "empty.csv"], 65, "a row of actions"),
    (["pair.xml", "--steps", "5", "--actions", "typo.csv"], 65, "typo.csv:1"),
    (["pair.xml", "--steps", "5", "--actions", "hex.csv"], 65, "hex.csv:1"),
    (["pair.xml", "--steps", "5", "--state", "flags.json"], 65, "an array of numbers"),
    (["pair.xml", "--steps", "5", "--state", "far.json"], 65, "within 3000"),
    (["hex.csv"], 65, "complete XML"),
  ]) func faultsAreOneLine(arguments: [String], status: Int32, message: String) throws {
    try write("short.json", #"{"positions": [0, 300], "velocities": [0, 0, 0, 0]}"#)
    try write("typo.json", #"{"positions": [0, 300, 0, 0], "velocity": [0, 0, 0, 0]}"#)
    try write("two.csv", "0.1\n0.1,0.2\n")
    try write("nan.csv", "nan\n")
    try write("empty.csv", "knee\n")
    try write("typo.csv", "o.5,0\n0.1\n")
    try write("hex.csv", "0x10\n")
    try write("flags.json", #"{"positions": [true, 300, 0, 0]}"#)
    try write("far.json", #"{"positions": [4000, 300, 0, 0]}"#)
    let result = try RunningProgram.run(["robot"] + arguments, in: folder.path)
    #expect(result.status == status)
    #expect(result.errors.count == 1 && result.errors[0].contains(message), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  /// A robot that Box2D cannot follow ends a trajectory and a training with a line that names the body.
  @Test func aRobotAtTheEnginesCapEndsARun() throws {
    let text = Self.robot.replacingOccurrences(of: "GEAR", with: "1500")
      .replacingOccurrences(of: "range=\"-90 45\" damping=\"1\"", with: "limited=\"false\"")
    try write("wild.xml", text)
    try write("actions.csv", "1\n")
    let motion = try run("wild.xml", "--steps", "50", "--actions", "actions.csv", "--output", "out.csv")
    #expect(motion.status == 65)
    #expect(motion.errors.count == 1 && motion.errors[0].contains("moved faster than Box2D computes"))
    #expect(folder.exists("out.csv"))
    let training = try RunningProgram.run(
      [
        "train", "--task", "cheetah-dir", "--model", "wild.xml", "--iterations", "2", "--run", "run", "--set",
        "meta_batch_size=2", "--set", "episodes=2", "--set", "horizon=10",
      ], in: folder.path)
    #expect(training.status == 65)
    #expect(training.errors.contains { $0.contains("moved faster than Box2D computes") }, "\(training.errors)")
  }
}
