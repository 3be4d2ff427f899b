/// The positions and velocities of one robot, in the order of `RobotModel`'s coordinates: x, z, pitch, then the hinges.
public struct RobotState: Hashable, Sendable {
  /// Metres and radians, as displacements from the reference pose.
  public var positions: [Double]
  /// Metres and radians a second.
  public var velocities: [Double]

  /// A state with as many velocities as positions.
  public init(positions: [Double], velocities: [Double]) {
    precondition(
      positions.count == velocities.count,
      "a state has \(positions.count) positions and \(velocities.count) velocities")
    self.positions = positions
    self.velocities = velocities
  }

  /// The reference pose of `model`, at rest.
  public init(referenceOf model: RobotModel) {
    let zeros = [Double](repeating: 0, count: model.coordinateCount)
    self.init(positions: zeros, velocities: zeros)
  }
}
