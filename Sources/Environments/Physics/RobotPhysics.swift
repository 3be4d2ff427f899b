/// An engine that moves many robots of one model together, each in its own world, a row of a batch.
///
/// Flat buffers belong to the caller; stepping allocates nothing. A row's motion depends on its own state and actions
/// alone: the same bits in any batch. One thread at a time uses an engine.
public protocol RobotPhysics: AnyObject {
  /// The robot in every row.
  var model: RobotModel { get }
  /// The number of rows.
  var count: Int { get }

  /// Starts row `row` anew in a state.
  func reset(row: Int, to state: RobotState)

  /// Moves every row by `physicsSteps` steps of the model's time step.
  ///
  /// - Parameters:
  ///   - actions: [count, motors], each in [-1, 1]; a motor's torque in N m is its gear times its action.
  ///   - displacements: [count], how far each root moved along x, in metres.
  func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>)

  /// Writes [count, 2 coordinates - 1]: every position but x, then every velocity.
  func observe(into observations: inout MutableSpan<Float>)

  /// Reads the state of a row, for tests and pictures.
  func state(ofRow row: Int) -> RobotState

  /// Reads how the centre of mass of a row moves.
  func centerOfMass(ofRow row: Int) -> CenterOfMass

  /// Says why the observations of a row are not finite, where the engine knows; nil otherwise.
  func fault(ofRow row: Int) -> String?
}

extension RobotPhysics {
  public func fault(ofRow row: Int) -> String? { nil }
}

// What every engine asks of its callers.
extension RobotPhysics {
  func checkRow(_ row: Int) {
    precondition((0..<count).contains(row), "row \(row) of \(count)")
  }

  func checkReset(row: Int, to state: RobotState) {
    checkRow(row)
    precondition(
      state.positions.count == model.coordinateCount,
      "a state of \(state.positions.count) coordinates for a robot of \(model.coordinateCount)")
  }

  func checkStep(actions: Int, physicsSteps: Int, displacements: Int) {
    precondition(
      actions == count * model.motors.count, "\(actions) actions for \(count) robots of \(model.motors.count) motors")
    precondition(displacements == count, "room for \(displacements) displacements of \(count) robots")
    precondition(physicsSteps > 0, "\(physicsSteps) is not a number of physics steps")
  }

  func checkObservations(_ room: Int) {
    let width = 2 * model.coordinateCount - 1
    precondition(room == count * width, "room for \(room) observations of \(count) x \(width)")
  }
}

/// The position and the velocity of a robot's centre of mass, in metres and metres a second.
public struct CenterOfMass: Hashable, Sendable {
  /// Position along x in metres.
  public var x: Double
  /// Height in metres.
  public var z: Double
  /// Velocity along x in metres a second.
  public var velocityX: Double
  /// Velocity along z in metres a second.
  public var velocityZ: Double

  /// A centre of mass at a place with a velocity.
  public init(x: Double, z: Double, velocityX: Double, velocityZ: Double) {
    self.x = x
    self.z = z
    self.velocityX = velocityX
    self.velocityZ = velocityZ
  }
}

/// The engines there are, by the names users give.
public enum PhysicsKind: String, CaseIterable, Sendable {
  /// Any robot, with rigid contacts: ``Box2DPhysics``.
  case box2d
  /// Half-cheetahs only, with MuJoCo's soft contacts, one to a SIMD lane: ``LanesPhysics``.
  case lanes

  /// Creates an engine for `count` robots. Throws if the engine is not made for such a robot.
  /// - Parameters:
  ///   - model: the robot.
  ///   - count: how many copies of the robot the engine moves.
  ///   - sweeps: over all constraints in a physics step; nil for the engine's own number.
  public func makePhysics(
    model: RobotModel, count: Int, sweeps: Int? = nil
  ) throws(UnsupportedRobotError) -> any RobotPhysics {
    switch self {
    case .box2d:
      let standard = Box2DPhysics.Iterations.standard
      return Box2DPhysics(
        model: model, count: count,
        iterations: .init(velocity: sweeps ?? standard.velocity, position: standard.position))
    case .lanes:
      return try LanesPhysics(model: model, count: count, solver: sweeps.map { .init(sweeps: $0) } ?? .standard)
    }
  }
}
