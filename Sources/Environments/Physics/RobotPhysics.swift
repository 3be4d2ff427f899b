/// An engine that moves many robots of one model together. Each robot is a row of a batch and has a separate world.
///
/// Flat buffers belong to the caller; stepping allocates nothing. A row's motion depends on its state and actions alone:
/// its bits are the same in any batch. Only one thread at a time may use an engine.
public protocol RobotPhysics: AnyObject {
  /// The robot in every row.
  var model: RobotModel { get }
  /// The number of rows.
  var count: Int { get }

  /// Resets row `row` to a state.
  func reset(row: Int, to state: RobotState)

  /// Moves every row by `physicsSteps` steps of the model's time step.
  ///
  /// - Parameters:
  ///   - actions: [count, motors], each in the range of its motor; a motor's torque in N m is its gear times its action.
  ///   - physicsSteps: the number of steps of the engine.
  ///   - displacements: [count], the distance in metres that each root moved along x; the change of the first position
  ///     where the root does not slide along x.
  func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>)

  /// Writes every position, but the first one where nothing depends on it, and then every velocity of every row: [count,
  /// ``RobotModel/observationSize``].
  func observe(into observations: inout MutableSpan<Float>)

  /// Reads the state of a row, for tests and images.
  func state(ofRow row: Int) -> RobotState

  /// Reads the position and velocity of the centre of mass of a row.
  func centerOfMass(ofRow row: Int) -> CenterOfMass

  /// The reason why the observations of a row are not finite, where the engine knows it; nil otherwise.
  func fault(ofRow row: Int) -> String?

  /// Replaces the robot by another one that differs in numbers alone, as a task with a body of its own does. Every row should
  /// be reset.
  /// - Throws: `UnsupportedRobotError` where the engine has one robot for good, or does not move the new one.
  func exchange(_ model: RobotModel) throws(UnsupportedRobotError)
}

extension RobotPhysics {
  public func fault(ofRow row: Int) -> String? { nil }

  public func exchange(_ model: RobotModel) throws(UnsupportedRobotError) {
    throw UnsupportedRobotError(engine: .box2d, subject: "tasks", expected: "one body for all of them", found: "others")
  }
}

// The requirements of every engine on its callers.
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
    precondition(displacements == count, "a buffer of \(displacements) displacements of \(count) robots")
    precondition(physicsSteps > 0, "\(physicsSteps) is not a number of physics steps")
  }

  func checkObservations(_ room: Int) {
    let width = model.observationSize
    precondition(room == count * width, "a buffer of \(room) observations of \(count) x \(width)")
  }
}

/// The position and the velocity of a robot's centre of mass, in metres and metres a second.
public struct CenterOfMass: Hashable, Sendable {
  /// The position along x, in metres.
  public var x: Double
  /// The height, in metres.
  public var z: Double
  /// The velocity along x, in metres a second.
  public var velocityX: Double
  /// The velocity along z, in metres a second.
  public var velocityZ: Double

  /// Creates a centre of mass from its position and velocity.
  public init(x: Double, z: Double, velocityX: Double, velocityZ: Double) {
    self.x = x
    self.z = z
    self.velocityX = velocityX
    self.velocityZ = velocityZ
  }
}

/// An engine, by the name that users give.
public enum PhysicsKind: String, CaseIterable, Sendable {
  /// Lanes where they move the robot, and Box2D otherwise.
  case auto
  /// The engine with rigid contacts: ``Box2DPhysics``.
  case box2d
  /// The engine with MuJoCo's soft contacts, one robot in each SIMD lane: ``LanesPhysics``.
  case lanes

  /// Creates an engine for `count` robots. Throws if the engine does not support the robot.
  /// - Parameters:
  ///   - model: the robot.
  ///   - count: the number of copies of the robot that the engine moves.
  ///   - sweeps: the number of sweeps over all constraints in a physics step; nil for the engine's default.
  public func makePhysics(
    model: RobotModel, count: Int, sweeps: Int? = nil
  ) throws(UnsupportedRobotError) -> any RobotPhysics {
    switch resolved(for: model) {
    case .auto, .box2d:
      let standard = Box2DPhysics.Iterations.standard
      return try Box2DPhysics(
        model: model, count: count,
        iterations: .init(velocity: sweeps ?? standard.velocity, position: standard.position))
    case .lanes:
      return try LanesPhysics(model: model, count: count, solver: sweeps.map { .init(sweeps: $0) } ?? .standard)
    }
  }
}

extension PhysicsKind {
  /// Checks that a robot has nothing that the engine does not move.
  func checkSupport(of model: RobotModel) throws(UnsupportedRobotError) {
    switch resolved(for: model) {
    case .auto, .box2d: try Box2DPhysics.checkSupport(of: model)
    case .lanes: try LanesRobot.checkSupport(of: model)
    }
  }

  /// The engines themselves.
  public static var engines: [PhysicsKind] { allCases.filter { $0 != .auto } }

  /// The engine that moves a robot.
  public func resolved(for model: RobotModel) -> PhysicsKind {
    guard self == .auto else { return self }
    do {
      try LanesRobot.checkSupport(of: model)
      return .lanes
    } catch {
      return .box2d
    }
  }

  /// The engine where nobody chose one: Box2D, or lanes for a robot that Box2D does not move.
  public static func usual(for model: RobotModel) -> PhysicsKind {
    do {
      try Box2DPhysics.checkSupport(of: model)
      return .box2d
    } catch {
      return .lanes
    }
  }
}
