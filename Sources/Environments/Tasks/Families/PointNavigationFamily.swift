public import Parts
import RandomStreams

/// The family `point-navigation`: a point in the plane that moves by its actions and is rewarded for being near a goal, which
/// it does not observe. Tasks differ in their goals.
///
/// The sources define different environments; `convention` chooses one. The first is Finn, Abbeel, Levine, "Model-agnostic
/// meta-learning" (2017), section 5.3.
public struct PointNavigationFamily: EnvironmentFamily {
  /// The names of the conventions.
  public enum Convention: String, CaseIterable, Sendable {
    case maml
    case pearl
    case pearlSparse = "pearl-sparse"
    case varibad
    case promp

    var definition: PointConvention {
      switch self {
      case .maml: .maml
      case .pearl: .pearl
      case .pearlSparse: .pearlSparse
      case .varibad: .varibad
      case .promp: .promp
      }
    }
  }

  /// The choice of the reward.
  public enum RewardChoice: String, CaseIterable, Sendable { case convention, dense, sparse }

  public let card = Card(
    "point-navigation", "a point in the plane that is to find a goal that it does not observe",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3")
  /// The definition of the environment and its tasks.
  public var convention: Convention
  /// The reward of a step.
  public var reward = RewardChoice.convention
  /// The number of steps of an episode.
  public var horizon: Int
  /// The numbers of fixed goals.
  public var counts: FixedTaskCounts

  public static let settings: [Setting<Self>] =
    [
      Setting("convention", \.convention, "source that defines goals, start, steps, reward, end and horizon"),
      Setting(
        "reward", \.reward,
        "of a step; convention: the convention's own; dense: minus the distance; sparse: 1 - distance within "
          + "\(PointConvention.sparseRadius) of the goal, by which pearl-sparse is tested after training on the dense one"
      ).asCondition(),
      Setting("horizon", \.horizon, in: 1...100_000, "actions in an episode").measured(in: "actions"),
    ] + Setting.settings(of: \.counts).map { $0.used("with a convention of endless goals") { $0.isEndless } }

  public var defaults: [String: SettingText] {
    [
      "horizon": .scalar(String(convention.definition.horizon)), "inner_rate": 0.5, "inner_rate_learning": true,
      "exploration_deviation": 0.6, "outer_step": "trpo", "episodes": 20, "iterations": 100,
    ].merging(convention.definition.counts.proposals) { $1 }
  }

  /// Creates the family with the settings of a convention.
  public init(_ convention: Convention = .maml) {
    let definition = convention.definition
    (self.convention, horizon, counts) = (convention, definition.horizon, definition.counts)
  }

  /// The convention, with what the settings change of it.
  private var definition: PointConvention {
    var definition = convention.definition
    (definition.horizon, definition.counts) = (horizon, counts)
    switch reward {
    case .convention: break
    case .dense: definition.reward = .distance
    case .sparse: definition.reward = .nearness(radius: PointConvention.sparseRadius)
    }
    return definition
  }

  private var isEndless: Bool { convention.definition.goals.all.isEmpty }

  public var hasNewTasks: Bool { isEndless }
  public var endsEpisodes: Bool { definition.endDistance != nil }

  public var tasks: EnvironmentTasks { definition.tasks(.training) }
  public var testTasks: EnvironmentTasks { definition.tasks(.test) }
  /// New goals where tests have a fixed set, which chooses nothing.
  public var validationTasks: EnvironmentTasks { definition.newTasks }
  public var tasksBeyond: EnvironmentTasks? { definition.goals.beyond.map { EnvironmentTasks(draw: $0) } }

  /// Goals of a fixed set are not told apart in reports; corners are.
  public var groups: [String] { definition.goals.all.map(\.group) }
  /// Each task of a fixed set is evaluated once, and 40 draws otherwise.
  public var evaluationTasks: Int { testTasks.tasks.isEmpty ? 40 : isEndless ? 1 : 20 }

  public func fault(ofParameters parameters: [Double]) -> String? {
    parameters.count == 2 && parameters.allSatisfy { abs($0) <= 1_000_000 }
      ? nil : "expected the place of a goal, two numbers, found \(parameters)"
  }

  public func environments() throws(UserError) -> EnvironmentMaker {
    let definition = definition
    let specification = Self.specification(of: definition, name: card.name)
    return EnvironmentMaker { PointNavigation(definition, specification, count: $0) }
  }

  private static func specification(of definition: PointConvention, name: String) -> EnvironmentSpecification {
    EnvironmentSpecification(
      name: name,
      observations: ["x", "y"].map { EnvironmentSpecification.Observation(name: $0, unit: "m") },
      actions: ["x", "y"].map {
        EnvironmentSpecification.Action(name: "step in \($0)", scale: definition.stepLength, unit: "m")
      }, rewardParts: ["goal"], horizon: definition.horizon)
  }

  public var conventions: [TaskConvention] {
    Convention.allCases.map { convention in
      let definition = convention.definition
      return TaskConvention(
        convention.rawValue, source: definition.source,
        TaskConvention.consequences(
          of: Self.specification(of: definition, name: card.name), start: definition.startText,
          reward: definition.reward.text, end: definition.endText, distribution: definition.goals.text,
          training: definition.tasks(.training), test: definition.tasks(.test),
          beyond: definition.goals.beyondText))
    }
  }
}

/// Points in the plane whose actions are their steps. An episode ends at the goal, where the convention says so, and is
/// truncated at the horizon.
final class PointNavigation: RowTaskEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private let definition: PointConvention
  /// The goal of each row.
  private(set) var goals: [SIMD2<Double>]
  /// The other goals, by row, where there are finitely many.
  private var rivals: [[SIMD2<Double>]]
  private(set) var positions: [SIMD2<Double>]
  private var clocks: EpisodeClocks
  private var lastRewards: [Float]

  init(_ definition: PointConvention, _ specification: EnvironmentSpecification, count: Int) {
    (self.definition, self.specification, self.count) = (definition, specification, count)
    positions = Array(repeating: .zero, count: count)
    goals = positions
    rivals = Array(repeating: [], count: count)
    clocks = EpisodeClocks(count: count, horizon: definition.horizon)
    lastRewards = Array(repeating: 0, count: count)
  }

  func reset(tasks: [EnvironmentTask], at address: RandomAddress, observations: inout MutableSpan<Float>) {
    precondition(address.purpose == .environmentReset, "a reset from random numbers for \(address.purpose)")
    precondition(tasks.count == count, "\(tasks.count) tasks of \(count) rows")
    let all = definition.goals.all.map { SIMD2($0.parameters[0], $0.parameters[1]) }
    for (row, task) in tasks.enumerated() {
      precondition(task.parameters.count == 2, "task \(task.name) has parameters \(task.parameters), not a goal")
      let goal = SIMD2(task.parameters[0], task.parameters[1])
      (goals[row], rivals[row]) = (goal, all.filter { $0 != goal })
    }
    clocks.restart()
    for (row, stream) in address.streams(ofRows: count).enumerated() { positions[row] = start(from: stream) }
    observe(into: &observations)
  }

  func restart(rows: [Int], at addresses: [RandomAddress], observations: inout MutableSpan<Float>) {
    for (row, address) in zip(rows, addresses) {
      positions[row] = start(from: address.stream)
      clocks.restart(row: row)
    }
    observe(into: &observations)
  }

  private func start(from stream: RandomStream) -> SIMD2<Double> {
    let width = definition.startHalfWidth
    guard width > 0 else { return .zero }
    var stream = stream
    return SIMD2(stream.uniform(in: -width...width), stream.uniform(in: -width...width))
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    clocks.advance(&ends)
    for row in 0..<count {
      let before = positions[row]
      let step = SIMD2(clipped(actions[2 * row]), clipped(actions[2 * row + 1]))
      positions[row] += definition.stepLength * step
      let reward = definition.reward.value(from: before, to: positions[row], goal: goals[row], rivals: rivals[row])
      (rewards[row], lastRewards[row]) = (Float(reward), Float(reward))
      if isAtGoal(row) { ends[row].insert(.terminated) }
    }
    observe(into: &observations)
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count { parts[row] = lastRewards[row] }
  }

  private func clipped(_ action: Float) -> Double {
    precondition(!action.isNaN, "an action is not a number")
    return Double(min(max(action, -1), 1))
  }

  private func isAtGoal(_ row: Int) -> Bool {
    guard let distance = definition.endDistance else { return false }
    let offset = positions[row] - goals[row]
    return abs(offset[0]) < distance && abs(offset[1]) < distance
  }

  private func observe(into observations: inout MutableSpan<Float>) {
    for row in 0..<count {
      observations[2 * row] = Float(positions[row][0])
      observations[2 * row + 1] = Float(positions[row][1])
    }
  }
}
