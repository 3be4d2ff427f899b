/// The motion of a robot under given actions, with one row for each physics step, for comparison with another simulator.
///
/// Positions and velocities are in MuJoCo's order and signs.
public struct Trajectory: Sendable {
  /// The names of the columns: `time`, `qpos_NAME` for every position and `qvel_NAME` for every velocity. A joint without
  /// a name is called by its number.
  public let columns: [String]
  /// The values of each row, after its step.
  public private(set) var rows: [[Double]] = []
  /// The reason why the engine stopped before the last step; nil if it did not.
  public private(set) var fault: String?

  /// Moves a robot and records its motion.
  /// - Parameters:
  ///   - model: the robot.
  ///   - kind: the engine that moves it.
  ///   - state: the state that it starts from.
  ///   - actions: one row for each step, each clipped to the range of its motor; the last row is repeated. Without rows the motors rest.
  ///   - steps: the number of physics steps, each of the model's time step.
  /// - Throws: `UnsupportedRobotError` if the engine does not support the robot.
  public init(
    of model: RobotModel, on kind: PhysicsKind, from state: RobotState, actions: [[Double]], steps: Int
  ) throws(UnsupportedRobotError) {
    precondition(steps > 0, "\(steps) is not a number of steps")
    let names = (0..<model.coordinateCount).map(model.jointName)
    columns = ["time"] + names.map { "qpos_\($0)" } + names.map { "qvel_\($0)" }
    try kind.prove(model)
    let physics = try kind.makePhysics(model: model, count: 1)
    physics.reset(row: 0, to: state)
    let rest = [Double](repeating: 0, count: model.motors.count)
    var displacement = [0.0]
    for step in 0..<steps {
      let action = actions.isEmpty ? rest : actions[min(step, actions.count - 1)]
      precondition(action.count == model.motors.count, "\(action.count) actions for \(model.motors.count) motors")
      let clipped = zip(action, model.motors).map { action, motor in
        min(max(Float(action), motor.clippingRange.lowerBound), motor.clippingRange.upperBound)
      }
      var room = displacement.mutableSpan
      physics.step(actions: clipped.span, physicsSteps: 1, displacements: &room)
      fault = physics.fault(ofRow: 0)
      if fault != nil { return }
      let reached = physics.state(ofRow: 0)
      rows.append([Double(step + 1) * model.timeStep] + reached.positions + reached.velocities)
    }
  }
}
