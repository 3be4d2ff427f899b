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
  }

  public let card = Card(
    "cheetah-vel", "a planar half-cheetah that is to run at a speed of the task",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The definition of the environment and its tasks.
  public var convention = Convention.pearl
  public var locomotion: LocomotionSettings = {
    var settings = LocomotionSettings()
    settings.horizon = 0
    return settings
  }()
  public var physics = PhysicsKind.auto
  /// The number of fixed training tasks; 0 for draws without end, -1 for the convention's.
  public var trainingTasks = -1
  /// The number of fixed test tasks; 0 for draws without end, -1 for the convention's.
  public var testTaskCount = -1

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines speeds, control step, horizon and fixed tasks"),
      Setting("horizon", \.locomotion.horizon, in: 0...100_000, "actions in an episode; 0: the convention's").measured(
        in: "actions"),
      Setting(
        "train_tasks", \.trainingTasks, in: -1...10_000,
        "fixed speeds that training draws from; 0: new ones without end; -1: as the convention has it"
      ).measured(in: "tasks"),
      Setting(
        "test_tasks", \.testTaskCount, in: -1...10_000,
        "fixed speeds, others than those of training, that evaluations take; 0: new ones without end; -1: as the convention has it"
      ).measured(in: "tasks"),
    ] + bodySettings

  public let defaults: [String: SettingText] = [
    "inner_rate": 1, "inner_rate_learning": true, "exploration_deviation": 0.6, "outer_step": "trpo", "episodes": 20,
  ]

  /// Creates the family with its default settings.
  public init() {}

  public var environmentSettings: LocomotionSettings {
    var settings = locomotion
    if settings.horizon == 0 { settings.horizon = convention == .promp ? 100 : 200 }
    if convention == .maml { settings.physicsStepsPerAction = 1 }
    return settings
  }

  public var objective: LocomotionObjective {
    var objective = LocomotionObjective()
    objective.speed = .target
    return objective
  }

  private var speeds: SpeedTasks {
    var speeds = SpeedTasks(range: 0...(convention == .maml ? 2 : 3))
    if convention == .pearl { (speeds.training, speeds.test) = (100, 30) }
    if trainingTasks >= 0 { speeds.training = trainingTasks }
    if testTaskCount >= 0 { speeds.test = testTaskCount }
    return speeds
  }

  public var hasNewTasks: Bool { true }
  public var tasks: EnvironmentTasks { speeds.tasks(.training) }
  public var testTasks: EnvironmentTasks { speeds.tasks(.test) }
  /// New speeds where tests have a fixed set, which chooses nothing.
  public var validationTasks: EnvironmentTasks { speeds.tasks(.test, isFixed: false) }
  public var tasksBeyond: EnvironmentTasks? { speeds.beyondTasks }
  public var groups: [String] { [] }
  /// Each task of a fixed set is evaluated once, and 40 draws otherwise.
  public var evaluationTasks: Int { testTasks.tasks.isEmpty ? 40 : 1 }

  public func readModel() throws(ModelError) -> RobotModel { try .halfCheetah() }

  public var conventions: [TaskConvention] {
    let sources: [Convention: String] = [
      .pearl: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), and its code",
      .varibad: "Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann, Whiteson 2020 (VariBAD), and its code",
      .promp: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), and its code",
      .maml:
        "Finn, Abbeel, Levine 2017, and its code, whose observation has 20 numbers, x among them, where ours has 17",
    ]
    return Convention.allCases.compactMap { name in
      var family = Self()
      family.convention = name
      let (range, beyond) = (family.speeds.range, family.speeds.beyond)
      return family.convention(
        name.rawValue, source: sources[name] ?? "",
        distribution: "speeds from U(\(range.lowerBound), \(range.upperBound)) m/s",
        beyond: "speeds from U(\(beyond.lowerBound), \(beyond.upperBound)) m/s")
    }
  }
}
