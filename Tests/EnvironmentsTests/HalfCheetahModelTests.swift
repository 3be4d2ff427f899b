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

  @Test func treeAndWorldAreTheKnownOnes() throws {
    let model = try RobotModel.halfCheetah()
    #expect(model.bodies.map(\.name) == ["torso", "bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"])
    #expect(model.bodies.map { $0.parent ?? -1 } == [-1, 0, 1, 2, 0, 4, 5])
    let anchors = [model.joints[0].anchor] + model.joints.dropFirst(3).map(\.anchor)
    expect(anchors.map(\.x), near: [0, -0.5, 0.16, -0.28, 0.5, -0.14, 0.13])
    expect(anchors.map(\.z), near: [0.7, 0, -0.25, -0.14, 0, -0.24, -0.18])
    #expect(model.gravity == .init(x: 0, z: -9.81))
    #expect(model.timeStep == 0.01)
    #expect(model.ground?.height == 0)
    #expect(model.ground?.surface.friction == 0.4)
  }

  @Test func massesAreMuJoCos() throws {
    let bodies = try RobotModel.halfCheetah().bodies
    expect(
      bodies.map(\.mass),
      near: [
        6.25020920502, 1.54351464435, 1.58744769874, 1.09539748954, 1.43807531381, 1.20083682008, 0.884518828452,
      ])
    expect(bodies.map(\.centerOfMass.x), near: [0.152389878163, 0.1, -0.14, 0.03, -0.07, 0.065, 0.045])
    expect(bodies.map(\.centerOfMass.z), near: [0.0253983130272, -0.13, -0.07, -0.097, -0.12, -0.09, -0.07])
    expect(
      bodies.map(\.inertia),
      near: [
        0.897117688112, 0.0168443395816, 0.0182674190795, 0.0063524232636, 0.0137396433473, 0.00822210861925,
        0.00352910945607,
      ])
    expect([bodies.reduce(0) { $0 + $1.mass }], near: [14])
  }

  @Test func hingesAreTheKnownOnes() throws {
    let model = try RobotModel.halfCheetah()
    let hinges = model.joints.dropFirst(3)
    #expect(hinges.map(\.name) == ["bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"])
    #expect(hinges.map(\.stiffness) == [240, 180, 120, 180, 120, 60])
    #expect(hinges.map(\.damping) == [6, 4.5, 3, 4.5, 3, 1.5])
    #expect(hinges.map(\.armature) == [0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    #expect(hinges.map(\.range) == [-0.52...1.05, -0.785...0.785, -0.4...0.785, -1...0.7, -1.2...0.87, -0.5...0.5])
    #expect(model.motors.map(\.gear) == [120, 90, 60, 120, 60, 30])
    #expect(model.motors.map(\.joint) == [3, 4, 5, 6, 7, 8])
  }

  /// MuJoCo's `dof_invweight0`: the diagonal of the inverse mass matrix, armature included.
  @Test func inverseInertiasOfHingesAreMuJoCos() throws {
    let hinges = try RobotModel.halfCheetah().joints.dropFirst(3)
    expect(
      hinges.map(\.inverseInertia),
      near: [2.72978864488, 5.89324898416, 8.89487700405, 3.08139260548, 6.88279596228, 9.46813496277])
  }

  @Test func capsuleEndsAreMuJoCos() throws {
    let ends = try RobotModel.halfCheetah().bodies.flatMap(\.capsules).map { capsule in
      capsule.ends.sorted { $0.x < $1.x }.flatMap { [$0.x, $0.z] }
    }
    let expected = [
      [-0.5, 0, 0.5, 0],
      [0.4853506594, 0.003276017914, 0.7146493406, 0.1967239821],
      [0.01128060581, -0.01530968177, 0.1887193942, -0.2446903182],
      [-0.2744608612, -0.1364851623, -0.005539138827, -0.00351483765],
      [0.004927244951, -0.006405535742, 0.05507275505, -0.1875944643],
      [-0.1360850583, -0.2354199509, -0.003914941667, -0.004580049103],
      [0.00514789782, -0.00251442482, 0.1248521022, -0.1774855752],
      [0.005475026862, -0.01222650696, 0.08452497314, -0.127773493],
    ]
    for (end, reference) in zip(ends, expected) { expect(end, near: reference) }
    #expect(ends.count == expected.count)
  }
}
