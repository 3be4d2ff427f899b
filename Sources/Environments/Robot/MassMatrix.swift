#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The mass matrix of a robot in its coordinates, from the Jacobians of its bodies. It serves set-up and tests, not
/// stepping.
struct MassMatrix {
  /// The elements of the matrix, symmetric and row-major, `coordinateCount` squared, with the armature of the joints
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
    for (index, joint) in model.joints.enumerated() { elements[index * (size + 1)] += joint.armature }
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
    return model.bodies.map { body in
      let carrier = frames[body.joint]
      let center = carrier.origin + body.centerOfMass.turned(by: .init(angle: carrier.pitch))
      return motion(of: center, carriedBy: body.joint, model, frames)
    }
  }

  /// The Jacobian of a point that moves with a joint's frame, and of the frame's pitch.
  private static func motion(
    of point: RobotModel.Vector, carriedBy joint: Int, _ model: RobotModel, _ frames: [RobotModel.Frame]
  ) -> [Motion] {
    var motion = [Motion](repeating: Motion(), count: model.coordinateCount)
    var ancestor: Int? = joint
    while let current = ancestor {
      let own = model.joints[current]
      switch own.kind {
      case .hinge(let axis):
        let arm = point - frames[current].origin
        motion[current] = Motion(x: axis * arm.z, z: -axis * arm.x, spin: axis)
      case .slide(let axis):
        let direction = axis.turned(by: .init(angle: frames[current].pitch))
        motion[current] = Motion(x: direction.x, z: direction.z)
      }
      ancestor = own.parent
    }
    return motion
  }
}

extension MassMatrix {
  /// The centre of mass of a robot in a state.
  static func centerOfMass(of model: RobotModel, in state: RobotState) -> CenterOfMass {
    var center = CenterOfMass(x: 0, z: 0, velocityX: 0, velocityZ: 0)
    let frames = model.frames(at: state.positions)
    for (body, motion) in zip(model.bodies, motions(of: model, at: state.positions)) {
      let share = body.mass / model.mass
      let carrier = frames[body.joint]
      let place = carrier.origin + body.centerOfMass.turned(by: .init(angle: carrier.pitch))
      center.x += share * place.x
      center.z += share * place.z
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
    let matrix = MassMatrix(of: model, at: model.references)
    return motions(of: model, at: model.references).map { motion in
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
  /// The frame of a joint in the world: its origin, and its angle about +y.
  struct Frame {
    var origin: Vector
    var pitch: Double
  }

  /// The frame of every joint at `positions`, which has all coordinates.
  func frames(at positions: [Double]) -> [Frame] {
    zip(joints, positions).reduce(into: []) { frames, entry in
      let (joint, position) = entry
      let carrier = joint.parent.map { frames[$0] } ?? Frame(origin: .zero, pitch: 0)
      let turn = Rotation(angle: carrier.pitch)
      switch joint.kind {
      case .hinge(let axis):
        frames.append(
          Frame(
            origin: carrier.origin + joint.anchor.turned(by: turn),
            pitch: carrier.pitch + axis * (position - joint.reference)))
      case .slide(let axis):
        let place = joint.anchor + (position - joint.reference) * axis
        frames.append(Frame(origin: carrier.origin + place.turned(by: turn), pitch: carrier.pitch))
      }
    }
  }

  /// Computes every joint's inverse inertia: the diagonal of the inverse mass matrix in the reference pose.
  mutating func measureJoints() {
    let matrix = MassMatrix(of: self, at: references)
    for index in joints.indices {
      var force = [Double](repeating: 0, count: coordinateCount)
      force[index] = 1
      joints[index].inverseInertia = matrix.solve(force)[index]
    }
  }
}
