import CLanes

/// The engine of planar robots in SIMD lanes, one robot in each lane, with MuJoCo's steps and soft constraints in single
/// precision.
///
/// Trees that are often used are compiled in; the same code moves any other one as data, more slowly. The bits of a row do not depend
/// on the processor, the row number, the batch or the other rows. A row that diverges is NaN from then on and affects no
/// other row.
public final class LanesPhysics: RobotPhysics {
  /// The robot in every row.
  public private(set) var model: RobotModel
  /// The number of rows.
  public let count: Int
  private let pool: OpaquePointer
  private let coordinates: RobotCoordinates

  /// The settings of the constraint solver.
  public struct Solver: Hashable, Sendable {
    /// The number of sweeps over contacts and limits in a physics step. The first sweep starts from the result of the last
    /// step, each other sweep from that of the sweep before.
    public var sweeps: Int
    /// Computes constraints that no row needs, too, for tests: the bits are the same, and it is slower.
    var computesEveryRow = false
    /// Treats a tree that is compiled in as data, for tests and benchmarks: the bits are the same, and it is slower.
    package var readsTree = false

    /// Creates settings; the number of sweeps must be positive.
    public init(sweeps: Int) {
      precondition(sweeps > 0, "\(sweeps) is not a number of sweeps")
      self.sweeps = sweeps
    }

    /// The default settings. With 4 sweeps a joint is 2e-3 rad (median) from its place with 200 sweeps after 0.5 s of
    /// random actions; with 8 sweeps it is 2e-5.
    public static let standard = Solver(sweeps: 4)

    /// The number of steps within which impulses settle that change at once, as at the start of an episode.
    static let settlingSteps = 8
  }

  /// Creates `count` robots, in the reference pose at rest.
  public convenience init(
    model: RobotModel, count: Int, solver: Solver = .standard
  ) throws(UnsupportedRobotError) {
    try self.init(model: model, count: count, solver: solver, level: Self.defaultLevel)
  }

  /// The instruction set level that engines use by default on this processor.
  static var defaultLevel: String { String(cString: clanes_default_level()) }

  /// Creates robots on an instruction set level that the processor must have. The bits are the same on each level.
  package init(model: RobotModel, count: Int, solver: Solver, level: String) throws(UnsupportedRobotError) {
    precondition(count > 0, "\(count) is not a number of robots")
    let robot = try LanesRobot(model)
    let settings = clanes_solver(
      sweeps: Int32(solver.sweeps), computes_every_row: solver.computesEveryRow ? 1 : 0,
      reads_tree: solver.readsTree ? 1 : 0)
    guard let pool = robot.withNumbers({ clanes_pool_create(&$0, settings, Int32(count), level) }) else {
      preconditionFailure("no memory for \(count) robots, or no \(level) here")
    }
    self.model = model
    self.count = count
    self.pool = pool
    coordinates = RobotCoordinates(of: model, hasSigns: true)
    let state = RobotState(referenceOf: model)
    for row in 0..<count { reset(row: row, to: state) }
  }

  /// The levels that this processor has, the best one first.
  package static func availableLevels(for model: RobotModel) throws(UnsupportedRobotError) -> [String] {
    let robot = try LanesRobot(model)
    let solver = clanes_solver(sweeps: 1, computes_every_row: 0, reads_tree: 0)
    return ["x86-64-v4", "x86-64-v3", "portable"].filter { level in
      guard let pool = robot.withNumbers({ clanes_pool_create(&$0, solver, 1, level) }) else { return false }
      clanes_pool_destroy(pool)
      return true
    }
  }

  deinit {
    clanes_pool_destroy(pool)
  }

  /// Resets a row to a state, with all impulses of earlier steps cleared.
  public func reset(row: Int, to state: RobotState) {
    checkReset(row: row, to: state)
    let displacement = coordinates.displacement(of: state)
    clanes_pool_reset(pool, Int32(row), displacement.positions, displacement.velocities)
  }

  /// Moves every row; see ``RobotPhysics/step(actions:physicsSteps:displacements:)``.
  public func step(actions: Span<Float>, physicsSteps: Int, displacements: inout MutableSpan<Double>) {
    checkStep(actions: actions.count, physicsSteps: physicsSteps, displacements: displacements.count)
    actions.withUnsafeBufferPointer { actions in
      displacements.withUnsafeMutableBufferPointer { displacements in
        guard let actions = actions.baseAddress, let displacements = displacements.baseAddress else { return }
        clanes_pool_step(pool, actions, Int32(physicsSteps), displacements)
      }
    }
  }

  /// Writes the positions, but a free first one, and the velocities of every row.
  public func observe(into observations: inout MutableSpan<Float>) {
    checkObservations(observations.count)
    observations.withUnsafeMutableBufferPointer { buffer in
      guard let address = buffer.baseAddress else { return }
      clanes_pool_observe(pool, address)
      coordinates.restore(buffer)
    }
  }

  /// Reads the state of a row.
  public func state(ofRow row: Int) -> RobotState {
    checkRow(row)
    var state = RobotState(referenceOf: model)
    clanes_pool_read(pool, Int32(row), &state.positions, &state.velocities)
    return coordinates.state(of: state)
  }

  /// Reads the centre of mass of a row.
  public func centerOfMass(ofRow row: Int) -> CenterOfMass {
    MassMatrix.centerOfMass(of: model, in: state(ofRow: row))
  }

  /// The reason why a row's observations are NaN: that it diverged. Nil while they are finite.
  public func fault(ofRow row: Int) -> String? {
    guard state(ofRow: row).velocities.contains(where: { !$0.isFinite }) else { return nil }
    return "the robot moved faster than the engine computes; a smaller timestep or weaker gears may help"
  }

  /// Everything that determines a row's future: its state to the bit, and the impulses from which the solver starts.
  public struct Snapshot: Hashable, Sendable {
    fileprivate var x: Double
    fileprivate var numbers: [Float]
  }

  /// Copies a row.
  public func snapshot(ofRow row: Int) -> Snapshot {
    checkRow(row)
    var snapshot = Snapshot(x: 0, numbers: Array(repeating: 0, count: Int(clanes_pool_snapshot_count(pool))))
    clanes_pool_save(pool, Int32(row), &snapshot.x, &snapshot.numbers)
    return snapshot
  }

  /// Resets a row to a snapshot, which may come from another engine of the same robot.
  public func restore(row: Int, to snapshot: Snapshot) {
    checkRow(row)
    clanes_pool_restore(pool, Int32(row), snapshot.x, snapshot.numbers)
  }

  /// Replaces the robot by another one with the same tree, contacts and motors, as a task with a body of its own does;
  /// nothing is compiled or allocated in the engine. Every row should be reset.
  /// - Throws: `UnsupportedRobotError` where the robot is larger than the engine's tables.
  public func exchange(_ model: RobotModel) throws(UnsupportedRobotError) {
    precondition(model.hasShape(of: self.model), "a robot of another shape")
    let robot = try LanesRobot(model)
    robot.withNumbers { clanes_pool_exchange(pool, &$0) }
    self.model = model
  }
}
