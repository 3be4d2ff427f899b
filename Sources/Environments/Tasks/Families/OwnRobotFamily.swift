public import Parts
import RandomStreams

/// The families `robot-dir` and `robot-vel`: a robot of the user, whose reward is chosen by settings.
public struct OwnRobotFamily: LocomotionFamily {
  /// What the tasks of a family differ in.
  public enum Goal: Sendable {
    case direction
    case speed
  }

  public let card: Card
  private let goal: Goal
  public var locomotion = LocomotionSettings()
  public var physics = PhysicsKind.auto
  /// The path of the robot in planar MJCF.
  public var model = ""
  /// The slowest and the fastest speed of the tasks, in m/s.
  public var (slowest, fastest) = (0.0, 2.0)
  /// What each step pays.
  public var survival = 0.0
  /// What each step pays for a metre of height.
  public var heightWeight = 0.0
  /// The heights outside of which an episode ends; both 0 for none.
  public var (lowest, highest) = (0.0, 0.0)
  /// The pitch from which on an episode ends; 0 for none.
  public var greatestPitch = 0.0

  public static let settings: [Setting<Self>] =
    [
      Setting(file: "model", \.model, "planar MJCF file of the robot, which must be given"),
      Setting("horizon", \.locomotion.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
      Setting(
        "action_steps", \.locomotion.physicsStepsPerAction, in: 1...1_000, "physics steps of an action"
      ).measured(in: "steps"),
      Setting("slowest", \.slowest, in: -100...100, "speed of a task, the least").measured(in: "m/s").used(
        "by robot-vel"
      ) { $0.goal == .speed },
      Setting("fastest", \.fastest, in: -100...100, "speed of a task, the greatest").measured(in: "m/s").used(
        "by robot-vel"
      ) { $0.goal == .speed },
      Setting("survival", \.survival, in: 0...1_000, "reward of each step, until the robot falls"),
      Setting("height_weight", \.heightWeight, in: 0...1_000, "reward of a step for each metre of the root's height"),
      Setting(
        "lowest", \.lowest, in: -100...100, "height of the root below which an episode ends; equal to highest: none"
      ).measured(in: "m"),
      Setting(
        "highest", \.highest, in: -100...100, "height of the root above which an episode ends; equal to lowest: none"
      ).measured(in: "m"),
      Setting(
        "greatest_pitch", \.greatestPitch, in: 0...100,
        "turn of the root, to either side, that ends an episode; 0: none"
      ).measured(in: "rad"),
      Setting(
        "reset_noise", \.locomotion.resetPositionNoise, in: 0...1,
        "half the width of the uniform noise on the first positions, and deviation of that on the first velocities"),
    ] + bodySettings

  public let defaults: [String: SettingText] = [
    "inner_rate": 1, "inner_rate_learning": true, "exploration_deviation": 0.6, "outer_step": "trpo", "episodes": 20,
  ]

  /// Creates the family of a goal with its default settings.
  public init(_ goal: Goal) {
    self.goal = goal
    card =
      switch goal {
      case .direction:
        Card("robot-dir", "a robot of yours (key model) that is to go forward or backward", source: "metarl")
      case .speed:
        Card("robot-vel", "a robot of yours (key model) that is to go at a speed of the task", source: "metarl")
      }
  }

  public var environmentSettings: LocomotionSettings {
    var settings = locomotion
    settings.resetVelocityNoise = settings.resetPositionNoise
    return settings
  }

  public var objective: LocomotionObjective {
    var objective = LocomotionObjective()
    objective.speed = goal == .direction ? .direction : .target
    (objective.survival, objective.heightWeight) = (survival, heightWeight)
    if lowest < highest { objective.heights = lowest...highest }
    if greatestPitch > 0 { objective.greatestPitch = greatestPitch }
    return objective
  }

  private var speeds: SpeedTasks { SpeedTasks(range: slowest...max(slowest, fastest)) }

  public var hasNewTasks: Bool { goal == .speed }
  public var tasks: EnvironmentTasks {
    goal == .direction ? CheetahDirection.distribution : EnvironmentTasks(draw: speeds.draw)
  }
  public var tasksBeyond: EnvironmentTasks? { goal == .direction ? nil : speeds.beyondTasks }
  /// As many draws as both directions have tasks.
  public var evaluationTasks: Int { goal == .direction ? 20 : 40 }

  public func readModel() throws(ModelError) -> RobotModel {
    guard !model.isEmpty else {
      throw ModelError(
        file: card.name, line: nil, subject: "model", expected: "the file of a robot, FILE.xml", found: "none")
    }
    return try RobotModel(contentsOf: model)
  }

  public func environments() throws(UserError) -> EnvironmentMaker {
    guard goal == .direction || slowest < fastest else {
      throw UserError("slowest: expected less than fastest, \(fastest), found \(slowest)", status: .usage)
    }
    guard lowest <= highest else {
      throw UserError("lowest: expected at most highest, \(highest), found \(lowest)", status: .usage)
    }
    return try makeEnvironments()
  }

  public var conventions: [TaskConvention] {
    let range = speeds.range
    let beyond = speeds.beyond
    let card = convention(
      "metarl", source: "metarl; shown for the half-cheetah, where model names no robot",
      distribution: goal == .direction
        ? "forward or backward, each equally likely" : "speeds from U(\(range.lowerBound), \(range.upperBound)) m/s",
      beyond: goal == .direction ? nil : "speeds from U(\(beyond.lowerBound), \(beyond.upperBound)) m/s",
      of: model.isEmpty ? try? .halfCheetah() : nil)
    return card.map { [$0] } ?? []
  }
}
