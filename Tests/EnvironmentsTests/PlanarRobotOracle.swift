import Foundation
import Testing

@testable import Environments

/// What MuJoCo 4.0 makes of Gymnasium's planar robots, by `scripts/peers/robot_oracles.py`, in MuJoCo's coordinates.
struct PlanarRobotOracle: Decodable {
  struct Body: Decodable {
    var mass: Double
    var inertia: Double
    var center: [Double]
    var invweight0: [Double]
  }

  struct Joint: Decodable {
    var type: String
    var ref: Double
    var range: [Double]
    var limited: Bool
    var armature: Double
    var damping: Double
    var dof_invweight0: Double
  }

  struct Flight: Decodable {
    struct Case: Decodable {
      var qpos: [Double]
      var qvel: [Double]
      /// [records, motors].
      var actions: [[Float]]
      /// After each record, [records, coordinates].
      var positions: [[Double]]
      var velocities: [[Double]]
      /// How many times larger a small change of the start becomes at most.
      var growth: Double
    }
    /// The number of time steps of a record.
    var steps: Int
    var cases: [Case]
  }

  struct Response: Decodable {
    var qpos: [Double]
    /// The acceleration by a control of 1 on each motor, [motors, coordinates].
    var response: [[Double]]
  }

  struct Moment: Decodable {
    var qpos: [Double]
    var qvel: [Double]
    var qacc: [Double]
    var kind: String?
  }

  struct Rest: Decodable {
    var qpos: [Double]
  }

  struct RandomActions: Decodable {
    struct Noise: Decodable {
      var shape: String
      var size: Double
    }
    var control_steps: Int
    var frame_skip: Int
    var recorded_steps: [Int]
    var position_noise: Noise
    var velocity_noise: Noise
    var levels: [Double]
    /// [levels, coordinates].
    var qpos: [[Double]]
    var qpos_error: [[Double]]
    var qvel: [[Double]]
    var qvel_error: [[Double]]
  }

  var time_step: Double
  var mass: Double
  var qpos0: [Double]
  var bodies: [Body]
  var joints: [Joint]
  var free_flight: Flight
  var torque_response: [Response]
  var limit: [Moment]
  var contact: [Moment]?
  var rest: Rest?
  var random_actions: RandomActions

  /// The names of the robots.
  static let names = [
    "half_cheetah", "hopper", "walker2d", "walker2d_v5", "inverted_pendulum", "inverted_double_pendulum",
  ]

  static func read(_ name: String) throws -> PlanarRobotOracle {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "robots"))
    return try JSONDecoder().decode(PlanarRobotOracle.self, from: Data(contentsOf: url))
  }
}

extension TestRobots {
  /// A robot of Gymnasium: its own file where METARL_GYMNASIUM names the folder that has it, or the same robot in a file of
  /// this package.
  static func gymnasium(_ name: String) throws -> RobotModel {
    if let folder = ProcessInfo.processInfo.environment["METARL_GYMNASIUM"] {
      return try RobotModel(contentsOf: "\(folder)/\(name).xml")
    }
    let envs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../envs")
    switch name {
    case "inverted_pendulum": return try RobotModel(mjcf: Data(pendulum.utf8), file: "pendulum.xml")
    case "inverted_double_pendulum": return try RobotModel(mjcf: Data(doublePendulum.utf8), file: "double.xml")
    case "walker2d_v5":
      let text = try String(contentsOf: envs.appending(path: "walker2d.xml"), encoding: .utf8)
      let changed = text.replacingOccurrences(
        of: "name=\"foot\" size=\"0.06\"", with: "name=\"foot\" friction=\"1.9\" size=\"0.06\"")
      return try RobotModel(mjcf: Data(changed.utf8), file: "walker2d_v5.xml")
    default: return try RobotModel(contentsOf: envs.appending(path: "\(name).xml").path)
    }
  }

  private static let pendulum = """
    <mujoco>
      <option timestep="0.02" integrator="RK4"/>
      <default><joint damping="1"/><geom type="capsule" contype="0"/><motor ctrlrange="-3 3" gear="100"/></default>
      <worldbody>
        <geom name="rail" quat="0.707 0 0.707 0" size="0.02 1"/>
        <body name="cart">
          <joint name="slider" type="slide" axis="1 0 0" range="-1 1"/>
          <geom quat="0.707 0 0.707 0" size="0.1 0.1"/>
          <body name="pole">
            <joint name="hinge" axis="0 1 0" range="-90 90"/>
            <geom fromto="0 0 0 0.001 0 0.6" size="0.049 0.3"/>
          </body>
        </body>
      </worldbody>
      <actuator><motor joint="slider"/></actuator>
    </mujoco>
    """

  private static let doublePendulum = """
    <mujoco>
      <option timestep="0.01" integrator="RK4" gravity="1e-5 0 -9.81"/>
      <default><joint damping="0.05"/><geom type="capsule" contype="0"/><motor ctrlrange="-1 1" gear="500"/></default>
      <worldbody>
        <geom name="floor" type="plane" pos="0 0 -3" size="40 40 40"/>
        <body name="cart">
          <joint name="slider" type="slide" axis="1 0 0" range="-1 1" margin="0.01"/>
          <geom axisangle="0 1 0 90" size="0.1 0.1"/>
          <body name="pole">
            <joint name="hinge" axis="0 1 0"/>
            <geom fromto="0 0 0 0 0 0.6" size="0.045"/>
            <body name="pole2" pos="0 0 0.6">
              <joint name="hinge2" axis="0 1 0"/>
              <geom fromto="0 0 0 0 0 0.6" size="0.045"/>
            </body>
          </body>
        </body>
      </worldbody>
      <actuator><motor joint="slider"/></actuator>
    </mujoco>
    """
}
