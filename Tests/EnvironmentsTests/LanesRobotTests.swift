import CLanes
import Foundation
import Testing

@testable import Environments

/// The engine's numbers, derived from the file, against those that MuJoCo 4.0 compiles from its own.
@Suite struct LanesRobotTests {
  private func floats<Tuple>(_ tuple: Tuple) -> [Float] {
    withUnsafeBytes(of: tuple) { Array($0.bindMemory(to: Float.self)) }
  }

  private func expect(_ values: [Float], near expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (value, reference) in zip(values, expected) {
      // Both round doubles that agree to nine digits.
      #expect(abs(value - reference) <= 2 * reference.ulp + 1e-9, sourceLocation: sourceLocation)
    }
  }

  @Test func constantsOfTheMassMatrixAreMuJoCos() throws {
    let model = try RobotModel.halfCheetah()
    let numbers = try LanesRobot(model).numbers
    expect(
      floats(numbers.moment_x),
      near: [0.6010041841, 0.5836066946, -0.5289539749, 0.03286192469, -0.3926150628, 0.193041841, 0.03980334728])
    expect(
      floats(numbers.moment_z),
      near: [0.1587447699, -0.8713682008, -0.2644769874, -0.1062535565, -0.6730543933, -0.2672887029, -0.06191631799])
    // MuJoCo's inertia without armature: that of the hinges on both sides comes on top.
    let inertia = [2.983743813, 0.2947235446, 0.1645088417, 0.01764487598, 0.202483953, 0.06662920067, 0.009654402343]
    let couplings = [0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    let beyond = [0.2, 0.1, 0.1, 0, 0.1, 0.1, 0]
    expect(floats(numbers.diagonal), near: inertia.indices.map { Float(inertia[$0] + couplings[$0] + beyond[$0]) })
    expect(floats(numbers.coupling), near: couplings.map { Float($0) })
    expect(floats(numbers.step_damping), near: [0, 0.06, 0.045, 0.03, 0.045, 0.03, 0.015])
    #expect(numbers.mass == 14 && numbers.root_height == 0.7 && numbers.time_step == 0.01)
  }

  /// `body_invweight0`, from which the regularisers of normal and friction rows follow at a friction of 0.4.
  @Test func regularisersOfContactsAreMuJoCos() throws {
    let numbers = try LanesRobot(.halfCheetah()).numbers
    let weights: [Float] = [
      0.06415751946, 0.09691101561, 0.1272092253, 0.2437492835, 0.08148379481, 0.1319968179, 0.2661441029,
    ]
    let bodies = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    expect(floats(numbers.normal_softness), near: bodies.map { 0.0928 * weights[$0] })
    expect(floats(numbers.tangent_softness), near: bodies.map { 1.16 * weights[$0] })
    // solref 0.02 1 and solimp 0 0.8 0.01: b = 2 / (0.8 x 0.02), k = 1 / (0.8 x 0.02)^2.
    expect(
      [numbers.contact.velocity_share, numbers.contact.step_stiffness, numbers.contact.inverse_width],
      near: [1 - 0.01 * 125, 0.01 * 3906.25, 100])
    expect([numbers.contact.minimum_impedance, numbers.contact.impedance_range], near: [0, 0.8])
  }

  @Test func aRobotOfAnotherKindIsSentToBox2D() throws {
    let model = try TestRobots.sledge(limbFriction: 0.4, groundFriction: 0.4, hinge: "")
    let error = #expect(throws: UnsupportedRobotError.self) {
      try PhysicsKind.lanes.makePhysics(model: model, count: 1)
    }
    #expect(
      error?.description
        == "physics lanes: bodies: expected 7, a torso with two legs of three limbs, found 2; use box2d for this robot")
  }

  struct Change: CustomTestStringConvertible, Sendable {
    var replace: String
    var with: String
    var message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Change(
      replace: "<motor name=\"bthigh\" joint=\"bthigh\" gear=\"120\"/>", with: "",
      message: "motors: expected one for each hinge"),
    Change(
      replace: "<geom name=\"head\"", with: "<geom name=\"head\" contype=\"0\"",
      message: "geoms of body 'torso' that touch the ground: expected 2, found 1"),
    Change(
      replace: "<joint name=\"bfoot\" range=\"-0.4 0.785\"", with: "<joint name=\"bfoot\" limited=\"false\"",
      message: "joint 'bfoot': expected limits, found none"),
    Change(
      replace: "<joint name=\"bfoot\"", with: "<joint name=\"bfoot\" axis=\"0 -1 0\"",
      message: "axis of joint 'bfoot': expected 0 1 0"),
    Change(
      replace: "<joint name=\"bfoot\"", with: "<joint name=\"bfoot\" solreflimit=\"0.03 1\"",
      message: "softness of limits: expected the same solref and solimp everywhere"),
    Change(
      replace: "<geom name=\"bfoot\"", with: "<geom name=\"bfoot\" solref=\"0.03 1\"",
      message: "softness of contacts: expected the same solref and solimp everywhere"),
  ]) func refuses(_ change: Change) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../envs/half_cheetah.xml")
    var text = try String(contentsOf: file, encoding: .utf8)
    let place = try #require(text.range(of: change.replace))
    text.replaceSubrange(place, with: change.with)
    let model = try RobotModel(mjcf: Data(text.utf8), file: "changed.xml")
    let error = #expect(throws: UnsupportedRobotError.self) { try LanesPhysics(model: model, count: 1) }
    let description = try #require(error?.description)
    #expect(description.hasPrefix("physics lanes: " + change.message), "\(description)")
    #expect(description.hasSuffix("; use box2d for this robot") && !description.contains("\n"), "\(description)")
  }
}
