/// What one step's torque of 1 N m does at the hinges of a robot at rest in the reference pose: the guess from which an
/// iterative solver starts.
struct HingeImpulses {
  /// [bodies, motors, 3]: the impulse on a body at its hinge along x and z in N s, then that of its spring, damper and
  /// rotor along the hinge's angle in N m s. Zeros for the root.
  let elements: [Double]

  init(of model: RobotModel) {
    let reference = [Double](repeating: 0, count: model.coordinateCount)
    let matrix = Self.implicitMatrix(of: model)
    let motions = MassMatrix.motions(of: model, at: reference)
    let responses = model.motors.map { motor in
      var impulse = reference
      impulse[motor.body + 2] = model.timeStep
      return matrix.solve(impulse)
    }
    elements = model.bodies.indices.flatMap { body in
      responses.flatMap { Self.impulse(at: body, of: model, response: $0, motions: motions) }
    }
  }

  /// M + A + hD + h^2 K in the reference pose: the inertia that implicit springs and dampers show to a torque.
  static func implicitMatrix(of model: RobotModel) -> MassMatrix {
    let step = model.timeStep
    var matrix = MassMatrix(of: model, at: [Double](repeating: 0, count: model.coordinateCount))
    for (index, body) in model.bodies.enumerated() {
      guard let hinge = body.hinge else { continue }
      matrix[index + 2, index + 2] += step * hinge.damping + step * step * hinge.stiffness
    }
    return matrix
  }

  private static func impulse(
    at body: Int, of model: RobotModel, response: [Double], motions: [[MassMatrix.Motion]]
  ) -> [Double] {
    guard let hinge = model.bodies[body].hinge else { return [0, 0, 0] }
    // The forces at a hinge are all that moves the limbs beyond it.
    var linear = RobotModel.Vector(x: 0, z: 0)
    for limb in model.bodies.indices where model.isBody(limb, beyondHingeOf: body) {
      for (motion, speed) in zip(motions[limb], response) {
        linear = linear + (model.bodies[limb].mass * speed) * RobotModel.Vector(x: motion.x, z: motion.z)
      }
    }
    let step = model.timeStep
    let softness = hinge.armature + step * hinge.damping + step * step * hinge.stiffness
    return [linear.x, linear.z, -softness * response[body + 2]]
  }
}

extension RobotModel {
  fileprivate func isBody(_ body: Int, beyondHingeOf other: Int) -> Bool {
    var current: Int? = body
    while let index = current {
      if index == other { return true }
      current = bodies[index].parent
    }
    return false
  }
}
