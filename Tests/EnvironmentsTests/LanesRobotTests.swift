import CLanes
import Foundation
import Testing

@testable import Environments

/// The engine's numbers, derived from the file, against those that MuJoCo 4.0 compiles from its own.
@Suite struct LanesRobotTests {
  private func expect(_ values: [Float], near expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (value, reference) in zip(values, expected) {
      // Both round doubles that agree to nine digits.
      #expect(abs(value - reference) <= 2 * reference.ulp + 1e-9, sourceLocation: sourceLocation)
    }
  }

  @Test func constantsOfTheMassMatrixAreMuJoCos() throws {
    let model = try RobotModel.halfCheetah()
    let joints = try LanesRobot(model).joints
    let hinges = joints.dropFirst(2)
    expect(
      hinges.map(\.moment_x),
      near: [0.6010041841, 0.5836066946, -0.5289539749, 0.03286192469, -0.3926150628, 0.193041841, 0.03980334728])
    expect(
      hinges.map(\.moment_z),
      near: [0.1587447699, -0.8713682008, -0.2644769874, -0.1062535565, -0.6730543933, -0.2672887029, -0.06191631799])
    // MuJoCo's inertia without armature: that of the hinges on both sides comes on top.
    let inertia = [2.983743813, 0.2947235446, 0.1645088417, 0.01764487598, 0.202483953, 0.06662920067, 0.009654402343]
    expect(hinges.map(\.inertia), near: zip(inertia, [0.2, 0.2, 0.2, 0.1, 0.2, 0.2, 0.1]).map { Float($0 + $1) })
    expect(hinges.map(\.armature), near: [0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    expect(hinges.map(\.step_damping), near: [0, 0.06, 0.045, 0.03, 0.045, 0.03, 0.015])
    #expect(joints[0].mass == 14 && joints[1].mass == 14 && joints[0].anchor_z == 0.7)
  }

  /// `body_invweight0`, from which the regularisers of normal and friction rows follow at a friction of 0.4.
  @Test func regularisersOfContactsAreMuJoCos() throws {
    let contacts = try LanesRobot(.halfCheetah()).contacts
    let weights: [Float] = [
      0.06415751946, 0.09691101561, 0.1272092253, 0.2437492835, 0.08148379481, 0.1319968179, 0.2661441029,
    ]
    let bodies = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    expect(contacts.map(\.normal_softness), near: bodies.map { 0.0928 * weights[$0] })
    expect(contacts.map(\.tangent_softness), near: bodies.map { 1.16 * weights[$0] })
    // solref 0.02 1 and solimp 0 0.8 0.01: b = 2 / (0.8 x 0.02), k = 1 / (0.8 x 0.02)^2.
    let softness = try #require(contacts.first).softness
    expect(
      [softness.velocity_share, softness.step_stiffness, softness.inverse_width],
      near: [1 - 0.01 * 125, 0.01 * 3906.25, 100])
    expect([softness.minimum_impedance, softness.impedance_range], near: [0, 0.8])
  }

  struct Change: CustomTestStringConvertible, Sendable {
    var replace: String
    var with: String
    var testDescription: String { with }
  }

  /// A compiled tree moves every robot of its joints whose shapes find a place, whatever the numbers.
  @Test(arguments: [
    Change(replace: "<motor name=\"bthigh\" joint=\"bthigh\" gear=\"120\"/>", with: ""),
    Change(replace: "<geom name=\"head\"", with: "<geom name=\"head\" contype=\"0\""),
    Change(replace: "<joint name=\"bfoot\" range=\"-0.4 0.785\"", with: "<joint name=\"bfoot\" limited=\"false\""),
    Change(replace: "<joint name=\"bfoot\"", with: "<joint name=\"bfoot\" axis=\"0 -1 0\""),
    Change(replace: "<joint name=\"bfoot\"", with: "<joint name=\"bfoot\" solreflimit=\"0.03 1\""),
    Change(replace: "<geom name=\"bfoot\"", with: "<geom name=\"bfoot\" solref=\"0.03 1\""),
  ]) func otherNumbersHaveTheSameTree(_ change: Change) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../envs/half_cheetah.xml")
    var text = try String(contentsOf: file, encoding: .utf8)
    let place = try #require(text.range(of: change.replace))
    text.replaceSubrange(place, with: change.with)
    let model = try RobotModel(mjcf: Data(text.utf8), file: "changed.xml")
    #expect(try LanesRobot(model).treeName == "two legs")
    try PhysicsKind.lanes.prove(model)
  }

  @Test func anotherTreeIsData() throws {
    let model = try TestRobots.sledge(limbFriction: 0.4, groundFriction: 0.4, hinge: "")
    #expect(try LanesRobot(model).treeName == "data")
  }
}
