public import Parts

/// The family `cheetah-dir`: a planar half-cheetah, or a robot of the user, that is rewarded for its speed in one of two
/// directions.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public struct CheetahDirectionFamily: EnvironmentFamily {
  public let card = Card(
    "cheetah-dir", "a planar half-cheetah that runs forward or backward, whichever is rewarded",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The settings of the environment.
  public var locomotion = LocomotionSettings()
  /// The engine that moves the bodies.
  public var physics = PhysicsKind.box2d
  /// The path of a robot in planar MJCF; empty for the half-cheetah.
  public var model = ""

  public static let settings: [Setting<Self>] = [
    Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
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
    Setting(file: "model", \.model, "planar MJCF file of the robot; empty: the task's own"),
  ]

  /// The inner rate is not the published 0.1: on the mean over time steps one such step moves a policy of 17-64-64-6 by
  /// 0.02, and no return changes. The rest is what runs learn most by; the article on results has the experiments.
  public let defaults: [String: SettingText] = [
    "inner_rate": 1, "inner_rate_learning": true, "exploration_deviation": 0.6, "outer_step": "trpo",
  ]

  public var tasks: EnvironmentTasks { CheetahDirection.distribution }

  /// Creates the family with its default settings.
  public init() {}

  /// Reads the user's robot, or the half-cheetah.
  /// - Throws: `ModelError` where it cannot be read.
  public func readModel() throws(ModelError) -> RobotModel {
    try model.isEmpty ? RobotModel.halfCheetah() : RobotModel(contentsOf: model)
  }

  /// Makes an environment of `count` rows.
  /// - Throws: `SettingError` if a setting is out of its bounds, `UnsupportedRobotError` if the engine does not support
  ///   the robot.
  public func makeEnvironment(_ model: RobotModel, count: Int) throws -> any RobotEnvironment {
    try locomotion.validate()
    return DirectionEnvironment(
      name: card.name, physics: try physics.makePhysics(model: model, count: count, sweeps: sweeps),
      settings: locomotion)
  }

  /// The engine that `auto` stands for, and beside Box2D that lanes would do.
  public func remarks() throws(UserError) -> [String] {
    let model = try explained { try readModel() }
    switch physics {
    case .auto: return ["physics auto: \(physics.resolved(for: model).rawValue)"]
    case .box2d where PhysicsKind.auto.resolved(for: model) == .lanes:
      return ["physics box2d; --physics lanes moves this robot, too, and a run takes about a fifth of the time"]
    default: return []
    }
  }

  private var sweeps: Int? { locomotion.solverSweeps == 0 ? nil : locomotion.solverSweeps }

  public func environments() throws(UserError) -> EnvironmentMaker {
    let model = try explained { try readModel() }
    try explained { try physics.prove(model, sweeps: sweeps) }
    return EnvironmentMaker { count throws(UserError) in try explained { try makeEnvironment(model, count: count) } }
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
