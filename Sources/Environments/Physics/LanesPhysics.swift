import CLanes

/// The engine of half-cheetahs in SIMD lanes, one robot in each lane, with MuJoCo's Euler step and soft constraints in
/// single precision.
///
/// It is compiled for one tree and one list of contacts; a robot with others is refused. The bits of a row do not depend
/// on the processor, the row number, the batch or the other rows. A row that diverges is NaN from then on and affects no
/// other row.
public final class LanesPhysics: RobotPhysics {
  /// The robot in every row.
  public let model: RobotModel
  /// The number of rows.
  public let count: Int
  private let pool: OpaquePointer

  /// The settings of the constraint solver.
  public struct Solver: Hashable, Sendable {
    /// The number of sweeps over contacts and limits in a physics step. The first sweep starts from the result of the last
    /// step, each other sweep from that of the sweep before.
    public var sweeps: Int
    /// Computes constraints that no row needs, too, for tests: the bits are the same, and it is slower.
    var computesEveryRow = false

    /// Creates settings; the number of sweeps must be positive.
    public init(sweeps: Int) {
      precondition(sweeps > 0, "\(sweeps) is not a number of sweeps")
      self.sweeps = sweeps
    }

    /// The default settings. With 4 sweeps a joint is 2e-3 rad (median) from its place with 200 sweeps after 0.5 s of
    /// random actions; with 8 sweeps it is 2e-5.
    public static let standard = Solver(sweeps: 4)
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
    var robot = try LanesRobot(model).numbers
    let settings = clanes_solver(
      sweeps: Int32(solver.sweeps), computes_every_row: solver.computesEveryRow ? 1 : 0)
    guard let pool = clanes_pool_create(&robot, settings, Int32(count), level) else {
      preconditionFailure("no memory for \(count) robots, or no \(level) here")
    }
    self.model = model
    self.count = count
    self.pool = pool
    let state = RobotState(referenceOf: model)
    for row in 0..<count { reset(row: row, to: state) }
  }

  /// The levels that this processor has, the best one first.
  package static func availableLevels(for model: RobotModel) throws(UnsupportedRobotError) -> [String] {
    var robot = try LanesRobot(model).numbers
    return ["x86-64-v4", "x86-64-v3", "portable"].filter { level in
      guard let pool = clanes_pool_create(&robot, clanes_solver(sweeps: 1, computes_every_row: 0), 1, level) else {
        return false
      }
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
    clanes_pool_reset(pool, Int32(row), state.positions, state.velocities)
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

  /// Writes the positions but x, and the velocities, of every row: [count, 2 coordinates - 1].
  public func observe(into observations: inout MutableSpan<Float>) {
    checkObservations(observations.count)
    observations.withUnsafeMutableBufferPointer { buffer in
      guard let address = buffer.baseAddress else { return }
      clanes_pool_observe(pool, address)
    }
  }

  /// Reads the state of a row.
  public func state(ofRow row: Int) -> RobotState {
    checkRow(row)
    var state = RobotState(referenceOf: model)
    clanes_pool_read(pool, Int32(row), &state.positions, &state.velocities)
    return state
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
    var snapshot = Snapshot(x: 0, numbers: Array(repeating: 0, count: CLANES_SNAPSHOT_COUNT))
    clanes_pool_save(pool, Int32(row), &snapshot.x, &snapshot.numbers)
    return snapshot
  }

  /// Resets a row to a snapshot, which may come from another engine of the same robot.
  public func restore(row: Int, to snapshot: Snapshot) {
    checkRow(row)
    clanes_pool_restore(pool, Int32(row), snapshot.x, snapshot.numbers)
  }
}
