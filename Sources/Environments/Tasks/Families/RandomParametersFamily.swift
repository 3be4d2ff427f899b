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

    var source: String {
      switch self {
      case .pearl: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), and its code"
      case .promp: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), and its code"
      }
    }

    var counts: FixedTaskCounts { self == .pearl ? FixedTaskCounts(training: 40, test: 10) : FixedTaskCounts() }
  }

  public let card: Card
  private let robot: Robot
  /// The definition of the environment and its tasks.
  public var convention: Convention
  public var locomotion: LocomotionSettings = {
    var settings = LocomotionSettings()
    settings.horizon = 200
    settings.controlCostWeight = 0.001
    settings.physicsStepsPerAction = 4
    settings.resetPositionNoise = 0.005
    settings.resetVelocityNoise = 0.005
    settings.isVelocityNoiseUniform = true
    settings.observedVelocities = 10
    return settings
  }()
  public var physics = PhysicsKind.auto
  /// The numbers of fixed bodies.
  public var counts: FixedTaskCounts

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines the fixed tasks and the range of actions"),
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
    ] + Setting.settings(of: \.counts) + bodySettings

  public var defaults: [String: SettingText] {
    [
      "inner_rate": 0.1, "inner_rate_learning": true, "outer_step": "trpo", "episodes": 20,
    ].merging(convention.counts.proposals) { $1 }
  }

  /// Creates the family of a robot with the settings of a convention.
  public init(_ robot: Robot, _ convention: Convention = .pearl) {
    (self.robot, self.convention, counts) = (robot, convention, convention.counts)
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

  public var environmentSettings: LocomotionSettings {
    var settings = locomotion
    if convention == .promp { settings.scaleActionsAsProMP() }
    return settings
  }

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

  private static let exponents = -BodyVariation.greatestExponent...BodyVariation.greatestExponent

  /// Draws of bodies; the same numbers for all where the robot cannot be read, which is told elsewhere.
  private func draw(_ exponents: ClosedRange<Double>) -> @Sendable (inout RandomStream) -> EnvironmentTask {
    let variation = (try? readModel()).map(BodyVariation.init)
    return { EnvironmentTask(name: "body", parameters: variation?.draw(from: &$0, exponents: exponents) ?? []) }
  }

  public var hasNewTasks: Bool { true }
  public var tasks: EnvironmentTasks { counts.tasks(.training, draw: draw(Self.exponents)) }
  public var testTasks: EnvironmentTasks { counts.tasks(.test, draw: draw(Self.exponents)) }
  /// New bodies where tests have a fixed set, which chooses nothing.
  public var validationTasks: EnvironmentTasks { EnvironmentTasks(draw: draw(Self.exponents)) }
  /// Bodies whose factors are all greater than any of training.
  public var tasksBeyond: EnvironmentTasks? { EnvironmentTasks(draw: draw(Self.exponentsBeyond)) }
  public var groups: [String] { [] }
  /// Each task of a fixed set is evaluated once, and 40 draws otherwise.
  public var evaluationTasks: Int { testTasks.tasks.isEmpty ? 40 : 1 }

  private static let exponentsBeyond = BodyVariation.greatestExponent...BodyVariation.greatestExponent + 1

  public var conventions: [TaskConvention] {
    Convention.allCases.compactMap { name in
      Self(robot, name).convention(
        name.rawValue, source: name.source,
        distribution: "each mass, inertia and friction x 1.5^U(-3, 3), each damping x 1.3^U(-3, 3)",
        beyond: "exponents from U(3, 4): heavier, rougher and more damped throughout")
    }
  }
}
