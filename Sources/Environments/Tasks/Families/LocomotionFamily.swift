public import Parts
import RandomStreams

/// A family of tasks of a robot that is rewarded for its speed: its robot, its engine, its reward and its tasks.
public protocol LocomotionFamily: EnvironmentFamily {
  /// The settings of the environment, as the user gave them.
  var locomotion: LocomotionSettings { get set }
  /// The engine that moves the bodies.
  var physics: PhysicsKind { get set }
  /// The settings of the environment, with what a convention says.
  var environmentSettings: LocomotionSettings { get }
  /// What is rewarded, and what ends episodes.
  var objective: LocomotionObjective { get }
  /// Whether each task has a body of its own.
  var hasBodiesByTask: Bool { get }
  /// Reads the robot.
  /// - Throws: `ModelError` where it cannot be read.
  func readModel() throws(ModelError) -> RobotModel
}

extension LocomotionFamily {
  /// The user's, which is the default.
  public var environmentSettings: LocomotionSettings { locomotion }
  /// The speed in the task's direction, which is the default.
  public var objective: LocomotionObjective { LocomotionObjective() }
  /// False, which is the default.
  public var hasBodiesByTask: Bool { false }
  public var endsEpisodes: Bool { objective.endsEpisodes }

  /// The settings that all of these families have.
  static var bodySettings: [Setting<Self>] {
    [
      Setting(
        "velocity_scale", \.locomotion.velocityScale, in: 0...100, excludingLowerBound: true,
        "what velocities are multiplied by before the policy sees them: joints turn at up to 20 rad/s, which "
          + "saturates tanh, while angles are below 1"),
      Setting(
        "control_cost", \.locomotion.controlCostWeight, in: 0...1_000, "weight of the squared action in the reward"),
      Setting("physics", \.physics, "engine that moves the bodies").asCondition(),
      Setting(
        "solver_sweeps", \.locomotion.solverSweeps, in: 0...1_000,
        "of the engine over all constraints in a physics step; 0: its own (box2d "
          + "\(Box2DPhysics.Iterations.standard.velocity), lanes \(LanesPhysics.Solver.standard.sweeps))"
      ).measured(in: "sweeps"),
    ]
  }

  /// Makes an environment of `count` rows.
  /// - Throws: `SettingError` if a setting is out of its bounds, `UnsupportedRobotError` if the engine does not support
  ///   the robot.
  public func makeEnvironment(_ model: RobotModel, count: Int) throws -> any RobotEnvironment {
    let settings = environmentSettings
    try settings.validate()
    return LocomotionEnvironment(
      name: card.name, physics: try physics.makePhysics(model: model, count: count, sweeps: sweeps), settings: settings,
      objective: objective, variation: hasBodiesByTask ? BodyVariation(of: model) : nil)
  }

  private var sweeps: Int? { locomotion.solverSweeps == 0 ? nil : locomotion.solverSweeps }

  public func environments() throws(UserError) -> EnvironmentMaker { try makeEnvironments() }

  /// Reads the robot, checks that it suits the tasks and proves the engine on it.
  func makeEnvironments() throws(UserError) -> EnvironmentMaker {
    let model = try explained { try readModel() }
    if hasBodiesByTask, physics.resolved(for: model) != .lanes {
      throw UserError(
        "physics: expected lanes or auto for tasks with bodies of their own, found \(physics.rawValue)", status: .usage)
    }
    if objective.watchesPose, !model.isFloatingTree {
      throw UserError(
        "\(card.name): expected a robot that floats, whose height and pitch are known, found another one",
        status: .usage)
    }
    try explained { try physics.prove(model, sweeps: sweeps) }
    return EnvironmentMaker { count throws(UserError) in try explained { try makeEnvironment(model, count: count) } }
  }

  /// The name, with the target of a task that has one.
  public func shownName(of task: EnvironmentTask) -> String {
    guard objective.speed == .target, let speed = task.parameters.first else { return task.name }
    return "\(task.name), \((100 * speed).rounded() / 100) m/s"
  }

  public func fault(ofParameters parameters: [Double]) -> String? {
    let own = objective.speed == .forward ? 0 : 1
    let bodies = hasBodiesByTask ? (try? readModel()).map { BodyVariation(of: $0).parameterCount } ?? 0 : 0
    guard parameters.count == own + bodies else {
      return "expected \((own + bodies).counted("parameter")) of a task, found \(parameters.count)"
    }
    if objective.speed == .direction, abs(parameters[0]) != 1 {
      return "expected the direction 1 or -1, found \(parameters[0])"
    }
    if own > 0, !(abs(parameters[0]) <= 1_000) {
      return "expected a speed from -1000 to 1000 m/s, found \(parameters[0])"
    }
    return parameters.dropFirst(own).first { !(0.001...1_000).contains($0) }.map {
      "expected factors of the body from 0.001 to 1000, found \($0)"
    }
  }

  /// The engine that `auto` stands for, and beside Box2D that lanes would do.
  public func remarks() throws(UserError) -> [String] {
    let model = try explained { try readModel() }
    switch physics {
    case .auto: return ["physics auto: \(physics.resolved(for: model).rawValue)"]
    case .box2d where PhysicsKind.auto.resolved(for: model) == .lanes:
      return ["physics box2d; physics lanes moves this robot, too, and a run takes about a fifth of the time"]
    default: return []
    }
  }

  /// The card of a convention; nil where the robot cannot be read.
  /// - Parameters:
  ///   - distribution: the distribution of the tasks, in words.
  ///   - beyond: the tasks outside of it; nil for none.
  ///   - model: the robot of the card; nil for the family's.
  func convention(
    _ name: String, source: String, distribution: String, beyond: String? = nil, of model: RobotModel? = nil
  ) -> TaskConvention? {
    guard let model = try? model ?? readModel() else { return nil }
    let settings = environmentSettings
    let specification = LocomotionEnvironment.specification(
      name: card.name, of: model, settings: settings, objective: objective)
    let position = settings.isPositionNoiseNormal ? "normal with deviation " : "uniform to +-"
    let velocity = settings.isVelocityNoiseUniform ? "uniform to +-" : "normal with deviation "
    return TaskConvention(
      name, source: source,
      TaskConvention.consequences(
        of: specification,
        start: "the reference pose, positions \(position)\(settings.resetPositionNoise), velocities \(velocity)"
          + "\(settings.resetVelocityNoise)",
        reward: objective.text(settings), end: objective.endText,
        distribution: distribution, training: tasks, test: testTasks, beyond: beyond))
  }
}

/// Runs `body`, and rethrows its errors of robots and settings as errors of the user.
private func explained<Result>(_ body: () throws -> Result) throws(UserError) -> Result {
  do {
    return try body()
  } catch let error as ModelError {
    throw UserError(lines: error.lines, status: .malformedData)
  } catch {
    throw UserError("\(error)", status: .malformedData)
  }
}

/// The tasks of a family with speeds, which are drawn from a range.
struct SpeedTasks {
  /// The speeds of training, in m/s.
  var range: ClosedRange<Double>

  var draw: @Sendable (inout RandomStream) -> EnvironmentTask { { [range] in Self.task($0.uniform(in: range)) } }

  /// Speeds that are greater by up to half of the range.
  var beyond: ClosedRange<Double> {
    range.upperBound...range.upperBound + (range.upperBound - range.lowerBound) / 2
  }

  var beyondTasks: EnvironmentTasks { EnvironmentTasks { [beyond] in Self.task($0.uniform(in: beyond)) } }

  private static func task(_ speed: Double) -> EnvironmentTask {
    EnvironmentTask(name: "target speed", parameters: [speed])
  }
}
