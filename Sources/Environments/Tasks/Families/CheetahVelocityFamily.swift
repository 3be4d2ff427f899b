public import Parts

/// The family `cheetah-vel`: a planar half-cheetah that is to run at a speed, which it does not observe.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public struct CheetahVelocityFamily: LocomotionFamily {
  /// The definitions by their sources.
  public enum Convention: String, CaseIterable, Sendable {
    case pearl
    case varibad
    case promp
    case maml

    var source: String {
      switch self {
      case .pearl: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), and its code"
      case .varibad: "Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann, Whiteson 2020 (VariBAD), and its code"
      case .promp: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), and its code"
      case .maml:
        "Finn, Abbeel, Levine 2017, and its code, whose observation has 20 numbers, x among them, where ours has 17"
      }
    }

    var horizon: Int { self == .promp ? 100 : 200 }
    var counts: FixedTaskCounts { self == .pearl ? FixedTaskCounts(training: 100, test: 30) : FixedTaskCounts() }
    var speeds: SpeedTasks { SpeedTasks(range: 0...(self == .maml ? 2 : 3)) }
  }

  public let card = Card(
    "cheetah-vel", "a planar half-cheetah that is to run at a speed of the task",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The definition of the environment and its tasks.
  public var convention: Convention
  public var locomotion = LocomotionSettings()
  public var physics = PhysicsKind.auto
  /// The numbers of fixed speeds.
  public var counts: FixedTaskCounts

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines speeds, control step, horizon and fixed tasks"),
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
    ] + Setting.settings(of: \.counts) + bodySettings

  public var defaults: [String: SettingText] {
    [
      "horizon": .scalar(String(convention.horizon)), "inner_rate": 1, "inner_rate_learning": true,
      "exploration_deviation": 0.6, "outer_step": "trpo", "episodes": 20,
    ].merging(convention.counts.proposals) { $1 }
  }

  /// Creates the family with the settings of a convention.
  public init(_ convention: Convention = .pearl) {
    (self.convention, locomotion.horizon, counts) = (convention, convention.horizon, convention.counts)
  }

  public var environmentSettings: LocomotionSettings {
    var settings = locomotion
    if convention == .maml { settings.startAndStepAsRLLab() }
    if convention == .promp { settings.scaleActionsAsProMP() }
    return settings
  }

  public var objective: LocomotionObjective {
    var objective = LocomotionObjective()
    objective.speed = .target
    return objective
  }

  public var hasNewTasks: Bool { true }
  public var tasks: EnvironmentTasks { counts.tasks(.training, draw: convention.speeds.draw) }
  public var testTasks: EnvironmentTasks { counts.tasks(.test, draw: convention.speeds.draw) }
  /// New speeds where tests have a fixed set, which chooses nothing.
  public var validationTasks: EnvironmentTasks { EnvironmentTasks(draw: convention.speeds.draw) }
  public var tasksBeyond: EnvironmentTasks? { convention.speeds.beyondTasks }
  public var groups: [String] { [] }
  /// Each task of a fixed set is evaluated once, and 40 draws otherwise.
  public var evaluationTasks: Int { testTasks.tasks.isEmpty ? 40 : 1 }

  public func readModel() throws(ModelError) -> RobotModel { try .halfCheetah() }

  public var conventions: [TaskConvention] {
    Convention.allCases.compactMap { name in
      let (range, beyond) = (name.speeds.range, name.speeds.beyond)
      return Self(name).convention(
        name.rawValue, source: name.source,
        distribution: "speeds from U(\(range.lowerBound), \(range.upperBound)) m/s",
        beyond: "speeds from U(\(beyond.lowerBound), \(beyond.upperBound)) m/s")
    }
  }
}
