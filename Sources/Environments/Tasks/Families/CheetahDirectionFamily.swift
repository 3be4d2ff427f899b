public import Parts

/// The family `cheetah-dir`: a planar half-cheetah, or a robot of the user, that is rewarded for its speed in one of two
/// directions.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public struct CheetahDirectionFamily: LocomotionFamily {
  /// The definitions by their sources.
  public enum Convention: String, CaseIterable, Sendable {
    case garage
    case promp
    case pearl
    case maml

    var source: String {
      switch self {
      case .garage: "garage's and learn2learn's examples, and RLlib's environment"
      case .promp: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), and its code"
      case .pearl:
        "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), and its code, whose observation has 20 numbers, where ours has 17"
      case .maml:
        "Finn, Abbeel, Levine 2017, and its code, whose observation has 20 numbers, x among them, where ours has 17"
      }
    }

    var horizon: Int {
      switch self {
      case .garage, .promp: 100
      case .pearl, .maml: 200
      }
    }
  }

  public let card = Card(
    "cheetah-dir", "a planar half-cheetah that runs forward or backward, whichever is rewarded",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The definition of the environment.
  public var convention: Convention
  public var locomotion = LocomotionSettings()
  /// The engine that moves the bodies.
  public var physics = PhysicsKind.box2d
  /// The path of a robot in planar MJCF; empty for the half-cheetah.
  public var model = ""

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines control step, horizon and the cost of large actions")
        .addedLater(),
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
    ] + bodySettings + [
      Setting(file: "model", \.model, "planar MJCF file of the robot; empty: the task's own")
    ]

  /// The inner rate is not the published 0.1: on the mean over time steps one such step moves a policy of 17-64-64-6 by
  /// 0.02, and no return changes. The rest is what runs learn most by; the article on results has the experiments.
  public var defaults: [String: SettingText] {
    [
      "horizon": .scalar(String(convention.horizon)), "inner_rate": 1, "inner_rate_learning": true,
      "exploration_deviation": 0.6, "outer_step": "trpo",
    ]
  }

  public var environmentSettings: LocomotionSettings {
    var settings = locomotion
    if convention == .maml { settings.startAndStepAsRLLab() }
    if convention == .promp { settings.scaleActionsAsProMP() }
    return settings
  }

  public var tasks: EnvironmentTasks { CheetahDirection.distribution }

  /// Creates the family with the settings of a convention.
  public init(_ convention: Convention = .garage) {
    (self.convention, locomotion.horizon) = (convention, convention.horizon)
  }

  /// Reads the user's robot, or the half-cheetah.
  /// - Throws: `ModelError` where it cannot be read.
  public func readModel() throws(ModelError) -> RobotModel {
    try model.isEmpty ? RobotModel.halfCheetah() : RobotModel(contentsOf: model)
  }

  public var conventions: [TaskConvention] {
    Convention.allCases.compactMap { name in
      var family = Self(name)
      family.model = model
      return family.convention(
        name.rawValue, source: name.source, distribution: "forward or backward, each equally likely")
    }
  }
}
