/// The positions and velocities of one robot, in the order of `RobotModel`'s coordinates: x, z, pitch, then the hinges.
public struct RobotState: Hashable, Sendable {
  /// The displacements from the reference pose, in metres and radians.
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
    let zeros = [Double](repeating: 0, count: model.coordinateCount)
    self.init(positions: zeros, velocities: zeros)
  }
}
