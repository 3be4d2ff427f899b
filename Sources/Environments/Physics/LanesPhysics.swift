import CLanes

/// Half-cheetahs in SIMD lanes, one robot to a lane, with MuJoCo's Euler step and soft constraints in single precision.
///
/// Made for one tree and one list of contacts; a robot that has others is refused. The same bits come from every processor,
/// from any row, batch and neighbours. A row that leaves the finite numbers is NaN from then on and no other is touched.
public final class LanesPhysics: RobotPhysics {
  /// The robot in every row.
  public let model: RobotModel
  /// The number of rows.
  public let count: Int
  private let pool: OpaquePointer

  /// How the constraints are solved.
  public struct Solver: Hashable, Sendable {
    /// Sweeps over contacts and limits in a physics step; each starts where the one before, or the last step, ended.
    public var sweeps: Int
    /// Computes constraints that no row needs, too: the same bits, slower. For tests.
    var computesEveryRow = false

    /// The number of sweeps must be positive.
    public init(sweeps: Int) {
      precondition(sweeps > 0, "\(sweeps) is not a number of sweeps")
      self.sweeps = sweeps
    }

    /// With 4 sweeps a joint is 2e-3 rad (median) from where 200 sweeps have it after 0.5 s of random actions; with 8 it
    /// is 2e-5.
    public static let standard = Solver(sweeps: 4)
  }

  /// Creates `count` robots, in the reference pose at rest.
  public convenience init(
    model: RobotModel, count: Int, solver: Solver = .standard
  ) throws(UnsupportedRobotError) {
    try self.init(model: model, count: count, solver: solver, level: Self.defaultLevel)
  }

  /// The level of instructions that engines get on this processor.
  static var defaultLevel: String { String(cString: clanes_default_level()) }

  /// Creates robots on a level of instructions that the processor must have: the same bits from each.
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

  /// Puts a row into a state, without the impulses of what went before.
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

  /// Writes [count, 2 coordinates - 1] positions and velocities.
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

  /// Says that a row left the finite numbers, all of which are NaN then.
  public func fault(ofRow row: Int) -> String? {
    guard state(ofRow: row).velocities.contains(where: { !$0.isFinite }) else { return nil }
    return "the robot moved faster than the engine computes; a smaller timestep or weaker gears may help"
  }

  /// All that decides a row's future: its state to the bit, and the impulses from which the solver starts.
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

  /// Puts a row, of any engine of the same robot, back to where `snapshot` was taken.
  public func restore(row: Int, to snapshot: Snapshot) {
    checkRow(row)
    clanes_pool_restore(pool, Int32(row), snapshot.x, snapshot.numbers)
  }
}
