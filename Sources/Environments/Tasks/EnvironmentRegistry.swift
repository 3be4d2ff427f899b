/// An environment that users can name, with all that is needed to make it.
public struct EnvironmentDescription: Sendable {
  /// As on the command line.
  public let name: String
  /// One line for `metarl list`.
  public let summary: String
  /// Where it was first described.
  public let source: String
  /// What its episodes may ask for.
  public let tasks: TaskDistribution
  /// Its settings, unless the user says otherwise.
  public let defaults: LocomotionSettings
  fileprivate let ownModel: @Sendable () throws(ModelError) -> RobotModel

  /// Reads the robot: from a file of the user, or the environment's own.
  public func readModel(contentsOf path: String? = nil) throws(ModelError) -> RobotModel {
    if let path { try RobotModel(contentsOf: path) } else { try ownModel() }
  }

  /// Makes an environment of `count` rows.
  /// - Throws: `SettingError` if a setting is out of its bounds, `UnsupportedRobotError` if the engine is not made for such
  ///   a robot.
  public func makeEnvironment(
    model: RobotModel, settings: LocomotionSettings, physics: PhysicsKind = .box2d, count: Int
  ) throws -> any BatchedEnvironment {
    try settings.validate()
    let sweeps = settings.solverSweeps == 0 ? nil : settings.solverSweeps
    return DirectionEnvironment(
      name: name, physics: try physics.makePhysics(model: model, count: count, sweeps: sweeps), settings: settings)
  }
}

/// The environments there are.
public enum EnvironmentRegistry {
  /// In the order in which they are listed.
  public static var all: [EnvironmentDescription] { [cheetahDirection] }

  /// The environment of that name, nil if there is none.
  public static func named(_ name: String) -> EnvironmentDescription? {
    all.first { $0.name == name }
  }

  private static var cheetahDirection: EnvironmentDescription {
    EnvironmentDescription(
      name: "cheetah-dir", summary: "A planar half-cheetah that runs forward or backward",
      source: "Finn, Abbeel, Levine: Model-Agnostic Meta-Learning (2017)", tasks: CheetahDirection.distribution,
      defaults: LocomotionSettings(), ownModel: { () throws(ModelError) in try RobotModel.halfCheetah() })
  }
}
