import Foundation
import RandomStreams

@testable import Environments

/// Robots for tests that need another one than the half-cheetah.
enum TestRobots {
  /// A sledge: a capsule of 1 m that lies on the ground, with a wheel at its middle, which touches nothing.
  static func sledge(limbFriction: Double, groundFriction: Double, hinge: String) throws -> RobotModel {
    let text = """
      <mujoco>
        <compiler angle="radian"/>
        <option timestep="0.01"/>
        <worldbody>
          <geom type="plane" size="1 1 1" friction="\(groundFriction)"/>
          <body name="sledge" pos="0 0 0.05">
            <joint type="slide" axis="1 0 0"/>
            <joint type="slide" axis="0 0 1"/>
            <joint type="hinge" axis="0 1 0"/>
            <geom type="capsule" fromto="-0.5 0 0 0.5 0 0" size="0.05" friction="\(limbFriction)" mass="5"/>
            <body name="wheel">
              <joint name="wheel" axis="0 1 0" \(hinge)/>
              <geom size="0.04" mass="1" contype="0" conaffinity="0"/>
            </body>
          </body>
        </worldbody>
        <actuator><motor joint="wheel" gear="100" ctrlrange="-1 1"/></actuator>
      </mujoco>
      """
    return try RobotModel(mjcf: Data(text.utf8), file: "sledge.xml")
  }

  /// A state of `model` with uniform positions and velocities, `height` metres above the reference pose.
  static func randomState(
    of model: RobotModel, height: Double, angles: Double, speeds: Double, from stream: inout RandomStream
  ) -> RobotState {
    var state = RobotState(referenceOf: model)
    for index in state.positions.indices {
      state.positions[index] = stream.uniform(in: -angles...angles)
      state.velocities[index] = stream.uniform(in: -speeds...speeds)
    }
    state.positions[1] = height
    return state
  }
}

extension RobotPhysics {
  /// Steps under the same actions in every row.
  func step(actions: [Float], physicsSteps: Int) {
    let all = (0..<count).flatMap { _ in actions }
    var displacements = [Double](repeating: 0, count: count)
    var room = displacements.mutableSpan
    step(actions: all.span, physicsSteps: physicsSteps, displacements: &room)
  }
}
