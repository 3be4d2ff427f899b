public import Parts
import RandomStreams

/// The families `hopper-rand-params` and `walker-rand-params`: a robot that is to go forward on legs whose masses, inertias,
/// dampings and frictions are the task's.
///
/// Source: Rothfuss, Lee, Clavera, Asfour, Abbeel, "ProMP: proximal meta-policy search" (2019), appendix.
public struct RandomParametersFamily: LocomotionFamily {
  /// The robot of a family.
  public enum Robot: Sendable {
    case hopper
    case walker
  }

  /// The definitions by their sources.
  public enum Convention: String, CaseIterable, Sendable {
    case pearl
    case promp
  }

  public let card: Card
  private let robot: Robot
  /// The definition of the environment and its tasks.
  public var convention = Convention.pearl
  public var locomotion: LocomotionSettings = {
    var settings = LocomotionSettings()
    settings.horizon = 200
    settings.controlCostWeight = 0.001
    settings.physicsStepsPerAction = 4
    settings.resetPositionNoise = 0.005
    settings.resetVelocityNoise = 0.005
    settings.isVelocityNoiseUniform = true
    return settings
  }()
  public var physics = PhysicsKind.auto
  /// The number of fixed training tasks; 0 for draws without end, -1 for the convention's.
  public var trainingTasks = -1
  /// The number of fixed test tasks; 0 for draws without end, -1 for the convention's.
  public var testTaskCount = -1

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines the fixed tasks"),
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
      Setting(
        "train_tasks", \.trainingTasks, in: -1...10_000,
        "fixed bodies that training draws from; 0: new ones without end; -1: as the convention has it"
      ).measured(in: "tasks"),
      Setting(
        "test_tasks", \.testTaskCount, in: -1...10_000,
        "fixed bodies, others than those of training, that evaluations take; 0: new ones without end; -1: as the convention has it"
      ).measured(in: "tasks"),
    ] + bodySettings

  public let defaults: [String: SettingText] = [
    "inner_rate": 1, "inner_rate_learning": true, "exploration_deviation": 0.6, "outer_step": "trpo", "episodes": 20,
  ]

  /// Creates the family of a robot with its default settings.
  public init(_ robot: Robot) {
    self.robot = robot
    let (name, summary) =
      switch robot {
      case .hopper: ("hopper-rand-params", "a hopper that is to go forward, whose masses and frictions are the task's")
      case .walker: ("walker-rand-params", "a walker that is to go forward, whose masses and frictions are the task's")
      }
    card = Card(
      name, summary,
      source: "Rothfuss, Lee, Clavera, Asfour, Abbeel, ProMP: proximal meta-policy search (ICLR 2019), appendix")
  }

  public var hasBodiesByTask: Bool { true }

  public var objective: LocomotionObjective {
    var objective = LocomotionObjective()
    objective.speed = .forward
    objective.survival = 1
    switch robot {
    case .hopper: (objective.heights, objective.greatestPitch) = (0.7 ... .infinity, 0.2)
    case .walker: (objective.heights, objective.greatestPitch) = (0.8...2, 1)
    }
    return objective
  }

  public func readModel() throws(ModelError) -> RobotModel {
    var model = try robot == .hopper ? RobotModel.hopper() : RobotModel.walker()
    // That of the environments of random parameters; Gymnasium's robots have half of it.
    model.timeStep = 0.004
    return model
  }

  private func tasks(_ set: EnvironmentTasks.FixedSet, isFixed: Bool = true) -> EnvironmentTasks {
    let wanted = set == .training ? trainingTasks : testTaskCount
    let own = convention == .pearl ? (set == .training ? 40 : 10) : 0
    let count = wanted >= 0 ? wanted : own
    let draw = draw(-BodyVariation.greatestExponent...BodyVariation.greatestExponent)
    return count > 0 && isFixed ? EnvironmentTasks(fixed: count, set, draw: draw) : EnvironmentTasks(draw: draw)
  }

  /// Draws of bodies; the same numbers for all where the robot cannot be read, which is told elsewhere.
  private func draw(_ exponents: ClosedRange<Double>) -> @Sendable (inout RandomStream) -> EnvironmentTask {
    let variation = (try? readModel()).map(BodyVariation.init)
    return { EnvironmentTask(name: "body", parameters: variation?.draw(from: &$0, exponents: exponents) ?? []) }
  }

  public var hasNewTasks: Bool { true }
  public var tasks: EnvironmentTasks { tasks(.training) }
  public var testTasks: EnvironmentTasks { tasks(.test) }
  /// New bodies where tests have a fixed set, which chooses nothing.
  public var validationTasks: EnvironmentTasks { tasks(.test, isFixed: false) }
  /// Bodies whose factors are all greater than any of training.
  public var tasksBeyond: EnvironmentTasks? { EnvironmentTasks(draw: draw(Self.exponentsBeyond)) }
  public var groups: [String] { [] }
  /// Each task of a fixed set is evaluated once, and 40 draws otherwise.
  public var evaluationTasks: Int { testTasks.tasks.isEmpty ? 40 : 1 }

  private static let exponentsBeyond = BodyVariation.greatestExponent...BodyVariation.greatestExponent + 1

  public var conventions: [TaskConvention] {
    let sources: [Convention: String] = [
      .pearl: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), and its code",
      .promp: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), and its code",
    ]
    return Convention.allCases.compactMap { name in
      var family = Self(robot)
      family.convention = name
      return family.convention(
        name.rawValue, source: sources[name] ?? "",
        distribution: "each mass, inertia and friction x 1.5^U(-3, 3), each damping x 1.3^U(-3, 3)",
        beyond: "exponents from U(3, 4): heavier, rougher and more damped throughout")
    }
  }
}
