import Testing

@testable import Environments

/// The compiled half-cheetah against the numbers that MuJoCo 4.0 compiles from its own file of the robot.
@Suite struct HalfCheetahModelTests {
  /// Both compute in double precision from decimals of two or three digits; MuJoCo's numbers are given to ten.
  private let tolerance = 2e-9

  private func expect(
    _ values: [Double], near expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (value, reference) in zip(values, expected) {
      #expect(abs(value - reference) <= tolerance * max(1, abs(reference)), sourceLocation: sourceLocation)
    }
  }

  @Test func bodiesAndHingesAreMuJoCos() throws {
    let model = try RobotModel.halfCheetah()
    #expect(model.bodies.map(\.name) == ["torso", "bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"])
    #expect(model.bodies.map { $0.parent ?? -1 } == [-1, 0, 1, 2, 0, 4, 5])
    #expect(model.gravity == -9.81)
    #expect(model.timeStep == 0.01)
  }
}
