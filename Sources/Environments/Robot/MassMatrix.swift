#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The mass matrix of a robot in its coordinates, from the Jacobians of its bodies. It serves set-up and tests, not
/// stepping.
struct MassMatrix {
  /// The elements of the matrix, symmetric and row-major, `coordinateCount` squared, with the armature of the hinges
  /// included.
  private(set) var elements: [Double]
  let size: Int

  /// Computes the matrix of `model` at `positions`, which has all coordinates.
  init(of model: RobotModel, at positions: [Double]) {
    size = model.coordinateCount
    elements = [Double](repeating: 0, count: size * size)
    let motions = Self.motions(of: model, at: positions)
    for (body, motion) in zip(model.bodies, motions) {
      for row in 0..<size {
        for column in 0..<size {
          let linear = motion[row].x * motion[column].x + motion[row].z * motion[column].z
          elements[row * size + column] += body.mass * linear + body.inertia * motion[row].spin * motion[column].spin
        }
      }
    }
    for (index, body) in model.bodies.enumerated() {
      if let hinge = body.hinge { elements[(index + 2) * (size + 1)] += hinge.armature }
    }
  }

  subscript(row: Int, column: Int) -> Double {
    get { elements[row * size + column] }
    set { elements[row * size + column] = newValue }
  }

  /// The solution of M x = `right`, by Gaussian elimination without pivoting, since M is positive definite.
  func solve(_ right: [Double]) -> [Double] {
    var matrix = elements
    var result = right
    for pivot in 0..<size {
      for row in (pivot + 1)..<max(size, pivot + 1) {
        let factor = matrix[row * size + pivot] / matrix[pivot * size + pivot]
        for column in pivot..<size { matrix[row * size + column] -= factor * matrix[pivot * size + column] }
        result[row] -= factor * result[pivot]
      }
    }
    for row in (0..<size).reversed() {
      for column in (row + 1)..<max(size, row + 1) { result[row] -= matrix[row * size + column] * result[column] }
      result[row] /= matrix[row * size + row]
    }
    return result
  }

  /// The motion of a body's centre of mass and pitch with one coordinate: an entry of the body's Jacobian.
  struct Motion {
    var x = 0.0
    var z = 0.0
    var spin = 0.0
  }

  /// The Jacobian of every body, with an entry for each coordinate.
  static func motions(of model: RobotModel, at positions: [Double]) -> [[Motion]] {
    let frames = model.frames(at: positions)
    return model.bodies.indices.map { index in
      let center = frames[index].origin + model.bodies[index].centerOfMass.turned(by: .init(angle: frames[index].pitch))
      var motion = [Motion](repeating: Motion(), count: model.coordinateCount)
      motion[0].x = 1
      motion[1].z = 1
      var ancestor: Int? = index
      while let current = ancestor {
        let arm = center - frames[current].origin
        let axis = model.bodies[current].hinge?.axis ?? 1
        motion[current + 2] = Motion(x: axis * arm.z, z: -axis * arm.x, spin: axis)
        ancestor = model.bodies[current].parent
      }
      return motion
    }
  }
}

extension MassMatrix {
  /// The centre of mass of a robot in a state.
  static func centerOfMass(of model: RobotModel, in state: RobotState) -> CenterOfMass {
    var center = CenterOfMass(x: 0, z: 0, velocityX: 0, velocityZ: 0)
    let root = model.bodies[0].anchor + .init(x: state.positions[0], z: state.positions[1])
    for (body, motion) in zip(model.bodies, motions(of: model, at: state.positions)) {
      let share = body.mass / model.mass
      // The root's pitch moves a point by its arm from the root, rotated by a right angle.
      center.x += share * (root.x - motion[2].z)
      center.z += share * (root.z + motion[2].x)
      for (entry, speed) in zip(motion, state.velocities) {
        center.velocityX += share * entry.x * speed
        center.velocityZ += share * entry.z * speed
      }
    }
    return center
  }

  /// The mean acceleration of each body by a force at its centre of mass in the reference pose of the free robot, in 1/kg:
  /// MuJoCo's `body_invweight0`, the mean over three directions, of which the one across the plane is blocked.
  static func inverseWeights(of model: RobotModel) -> [Double] {
    let reference = [Double](repeating: 0, count: model.coordinateCount)
    let matrix = MassMatrix(of: model, at: reference)
    return motions(of: model, at: reference).map { motion in
      let directions = [motion.map(\.x), motion.map(\.z)]
      return directions.reduce(0) { sum, row in sum + zip(row, matrix.solve(row)).reduce(0) { $0 + $1.0 * $1.1 } } / 3
    }
  }
}

extension RobotModel.Rotation {
  init(angle: Double) {
    self.init(cosine: cos(angle), sine: sin(angle))
  }
}

extension RobotModel {
  /// The origin of every body's frame in the world, and the body's pitch, at `positions`, which has all coordinates.
  func frames(at positions: [Double]) -> [(origin: Vector, pitch: Double)] {
    bodies.enumerated().reduce(into: []) { frames, entry in
      let (index, body) = entry
      guard let parent = body.parent, let hinge = body.hinge else {
        frames.append((body.anchor + .init(x: positions[0], z: positions[1]), positions[2]))
        return
      }
      let carrier = frames[parent]
      frames.append(
        (
          carrier.origin + body.anchor.turned(by: .init(angle: carrier.pitch)),
          carrier.pitch + hinge.axis * positions[index + 2]
        ))
    }
  }

  /// Computes every hinge's inverse inertia: the diagonal of the inverse mass matrix in the reference pose.
  mutating func measureHinges() {
    let matrix = MassMatrix(of: self, at: [Double](repeating: 0, count: coordinateCount))
    for index in bodies.indices where bodies[index].hinge != nil {
      var torque = [Double](repeating: 0, count: coordinateCount)
      torque[index + 2] = 1
      bodies[index].hinge?.inverseInertia = matrix.solve(torque)[index + 2]
    }
  }
}
