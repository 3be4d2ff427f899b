/// The way between MuJoCo's coordinates, which have a reference and a sign for each joint, and those of an engine, whose
/// positions are displacements from the reference pose and whose root slides along x before z.
struct RobotCoordinates {
  /// By the engine's order of joints.
  private let signs: [Double]
  private let references: [Double]
  private let hasSlidesSwapped: Bool
  /// The columns of an observation that differ, with the factor and the summand of each.
  private let columns: [(index: Int, factor: Float, summand: Float)]
  private let width: Int
  /// The column of the first velocity.
  private let firstVelocity: Int

  /// - Parameter hasSigns: whether the engine's hinges all turn about +y, so that those about -y change their signs.
  init(of model: RobotModel, hasSigns: Bool) {
    let joints = model.arranged.joints
    signs = joints.map { hasSigns ? $0.sign : 1 }
    references = joints.map(\.reference)
    hasSlidesSwapped = model.hasSlidesSwapped
    let skipped = model.freeJoint == nil ? 0 : 1
    firstVelocity = joints.count - skipped
    width = firstVelocity + joints.count
    var columns: [(index: Int, factor: Float, summand: Float)] = []
    for joint in joints.indices {
      if joint >= skipped, signs[joint] != 1 || references[joint] != 0 {
        columns.append((joint - skipped, Float(signs[joint]), Float(references[joint])))
      }
      if signs[joint] != 1 { columns.append((firstVelocity + joint, Float(signs[joint]), 0)) }
    }
    self.columns = columns
  }

  /// The displacements and velocities of an engine for a state.
  func displacement(of state: RobotState) -> RobotState {
    var result = swapped(state)
    for joint in signs.indices {
      result.positions[joint] = signs[joint] * (result.positions[joint] - references[joint])
      result.velocities[joint] *= signs[joint]
    }
    return result
  }

  /// The state for the displacements and velocities of an engine.
  func state(of displacement: RobotState) -> RobotState {
    var result = displacement
    for joint in signs.indices {
      result.positions[joint] = signs[joint] * result.positions[joint] + references[joint]
      result.velocities[joint] *= signs[joint]
    }
    return swapped(result)
  }

  /// Turns an engine's observations into those of MuJoCo's coordinates, in place.
  func restore(_ observations: UnsafeMutableBufferPointer<Float>) {
    guard !columns.isEmpty || hasSlidesSwapped else { return }
    for row in stride(from: 0, to: observations.count, by: width) {
      for column in columns {
        observations[row + column.index] = column.factor * observations[row + column.index] + column.summand
      }
      // Of the positions, x is left out.
      if hasSlidesSwapped { observations.swapAt(row + firstVelocity, row + firstVelocity + 1) }
    }
  }

  private func swapped(_ state: RobotState) -> RobotState {
    guard hasSlidesSwapped else { return state }
    var result = state
    result.positions.swapAt(0, 1)
    result.velocities.swapAt(0, 1)
    return result
  }
}
