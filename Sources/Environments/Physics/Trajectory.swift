/// What a robot does under given actions: a row a physics step, to be laid beside another simulator's.
///
/// Positions and velocities are in MuJoCo's order and signs: x and z of the root as displacements from the reference pose,
/// its pitch, then the joints.
public struct Trajectory: Sendable {
  /// `time`, then `qpos_NAME` for every position and `qvel_NAME` for every velocity; joints without a name by number.
  public let columns: [String]
  /// The numbers of each row, after its step.
  public private(set) var rows: [[Double]] = []
  /// Why the engine gave up before the last step; nil if it did not.
  public private(set) var fault: String?

  /// Moves a robot.
  /// - Parameters:
  ///   - model: the robot.
  ///   - kind: the engine that moves it.
  ///   - state: where it starts.
  ///   - actions: one row a step, each clipped to [-1, 1]; the last one holds on. Without rows the motors rest.
  ///   - steps: physics steps, of the model's time step each.
  /// - Throws: if the engine does not move such a robot.
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
      let clipped = action.map { Float(min(max($0, -1), 1)) }
      var room = displacement.mutableSpan
      physics.step(actions: clipped.span, physicsSteps: 1, displacements: &room)
      fault = physics.fault(ofRow: 0)
      if fault != nil { return }
      let reached = physics.state(ofRow: 0)
      rows.append([Double(step + 1) * model.timeStep] + reached.positions + reached.velocities)
    }
  }
}
