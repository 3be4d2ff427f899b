import RandomStreams

extension RobotModel {
  /// Whether anything of the robot may touch the ground or another limb.
  var hasContacts: Bool { !pairs.isEmpty || bodies.contains { $0.capsules.contains(where: \.touchesGround) } }
}

/// Lets a robot fall on the ground with motors at rest, in three poses, and checks whether the engine creates energy.
///
/// A passive robot loses energy at contacts, dampers and limits. An engine whose iteration does not converge to the
/// solution of its contacts creates some: with light limbs between heavy rotors, a landing may hurl the robot away.
struct GroundCheck {
  /// The largest gain of energy that is accepted, as a share of the energy that the robot can lose. MuJoCo's own step,
  /// which is explicit in springs and in the gyroscopic terms, creates some percent.
  static let tolerance = 0.5
  private static let seconds = 1.0
  private static let greatestSteps = 500
  private static let glances = 50

  /// An energy that is too high, in joules.
  struct Failure: Hashable {
    /// The energy at the start.
    var start: Double
    /// The highest energy of the fall.
    var highest: Double
  }

  private let model: RobotModel

  init(_ model: RobotModel) {
    self.model = model
  }

  /// The number of rows that an engine must have.
  static let rows = 3

  /// The row of an engine that gains the most energy; nil if none gains more than the tolerance.
  func failure(of physics: any RobotPhysics) -> Failure? {
    precondition(physics.count == Self.rows, "\(physics.count) rows for \(Self.rows) falls")
    let starts = self.starts
    for (row, start) in starts.enumerated() { physics.reset(row: row, to: start) }
    let energies = starts.map { MassMatrix.energy(of: model, in: $0) }
    var lowest = energies, highest = energies
    let steps = min(Int(Self.seconds / model.timeStep), Self.greatestSteps)
    let actions = [Float](repeating: 0, count: Self.rows * model.motors.count)
    var displacements = [Double](repeating: 0, count: Self.rows)
    for _ in 0..<Self.glances {
      var room = displacements.mutableSpan
      physics.step(actions: actions.span, physicsSteps: max(1, steps / Self.glances), displacements: &room)
      for row in 0..<Self.rows {
        let energy = MassMatrix.energy(of: model, in: physics.state(ofRow: row))
        lowest[row] = min(lowest[row], energy)
        // NaN counts as the highest energy.
        highest[row] = energy.isNaN ? .infinity : max(highest[row], energy)
      }
    }
    for row in 0..<Self.rows
    where highest[row] - energies[row] > Self.tolerance * (energies[row] - lowest[row]) + rounding {
      return Failure(start: energies[row], highest: highest[row])
    }
    return nil
  }

  /// The rounding error of heights in single precision, as an energy in joules.
  private var rounding: Double { 1e-3 * model.mass * model.gravity.square.squareRoot() }

  /// The starts of the falls: flat, on one side and on the head, bent at random, with the lowest point a few centimetres
  /// above the ground.
  private var starts: [RobotState] {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    return [0, 1.5, -2.5].map { pitch in
      var state = RobotState(referenceOf: model)
      for joint in model.posedJoints {
        let around = model.joints[joint].reference - 0.5...model.joints[joint].reference + 0.5
        state.positions[joint] = stream.uniform(in: (model.joints[joint].range ?? around).clamped(to: around))
      }
      if model.isFloatingTree {
        state.positions[2] += pitch
        state.positions[model.freeJoint == 1 ? 0 : 1] += 0.05 - model.clearance(in: state)
      }
      return state
    }
  }
}

extension RobotModel {
  /// The height in metres of the lowest point that touches the ground, above the ground.
  func clearance(in state: RobotState) -> Double {
    var lowest = Double.infinity
    let frames = frames(at: state.positions)
    for body in bodies {
      let frame = frames[body.joint]
      let turn = Rotation(angle: frame.pitch)
      for capsule in body.capsules where capsule.touchesGround {
        for end in capsule.ends {
          lowest = min(lowest, (frame.origin + end.turned(by: turn)).z - capsule.radius - (ground?.height ?? 0))
        }
      }
    }
    return lowest.isFinite ? lowest : 0
  }
}

extension MassMatrix {
  /// The energy in joules: kinetic energy with rotors included, height, and springs.
  static func energy(of model: RobotModel, in state: RobotState) -> Double {
    let inertia = MassMatrix(of: model, at: state.positions)
    let center = centerOfMass(of: model, in: state)
    var energy = -model.mass * (model.gravity.x * center.x + model.gravity.z * center.z)
    for row in state.velocities.indices {
      for column in state.velocities.indices {
        energy += 0.5 * state.velocities[row] * inertia[row, column] * state.velocities[column]
      }
    }
    for (joint, position) in zip(model.joints, state.positions) {
      let stretch = position - joint.relaxed
      energy += 0.5 * joint.stiffness * stretch * stretch
    }
    return energy
  }
}
