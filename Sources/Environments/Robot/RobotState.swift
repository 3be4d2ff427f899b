/// The positions and velocities of one robot, in the order of its joints.
public struct RobotState: Hashable, Sendable {
  /// The positions of the joints, in metres and radians, as MuJoCo counts them.
  public var positions: [Double]
  /// The velocities, in metres and radians a second.
  public var velocities: [Double]

  /// Creates a state; there must be as many velocities as positions.
  public init(positions: [Double], velocities: [Double]) {
    precondition(
      positions.count == velocities.count,
      "a state has \(positions.count) positions and \(velocities.count) velocities")
    self.positions = positions
    self.velocities = velocities
  }

  /// Creates the reference pose of `model`, at rest.
  public init(referenceOf model: RobotModel) {
    self.init(positions: model.references, velocities: [Double](repeating: 0, count: model.coordinateCount))
  }
}
