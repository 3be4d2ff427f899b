public import Parts

/// The family `cheetah-dir`: a planar half-cheetah, or a robot of the user, that is rewarded for its speed in one of two
/// directions.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public struct CheetahDirectionFamily: LocomotionFamily {
  public let card = Card(
    "cheetah-dir", "a planar half-cheetah that runs forward or backward, whichever is rewarded",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The settings of the environment.
  public var locomotion = LocomotionSettings()
  /// The engine that moves the bodies.
  public var physics = PhysicsKind.box2d
  /// The path of a robot in planar MJCF; empty for the half-cheetah.
  public var model = ""

  public static let settings: [Setting<Self>] =
    [
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions")
    ] + bodySettings + [
      Setting(file: "model", \.model, "planar MJCF file of the robot; empty: the task's own")
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

  public var conventions: [TaskConvention] {
    [
      convention(
        "garage", source: "garage's and learn2learn's examples, ProMP's and RLlib's environments",
        distribution: "forward or backward, each equally likely")
    ].compactMap { $0 }
  }
}
