public import Parts

/// A definition of a family's environment and tasks by one source, with all of its consequences.
public struct TaskConvention: Hashable, Sendable {
  /// Something that a definition decides.
  public struct Consequence: Hashable, Sendable {
    /// What is decided, the same in all conventions, such as `horizon`.
    public var key: String
    /// What the convention decides.
    public var text: String

    /// Creates a consequence.
    public init(_ key: String, _ text: String) { (self.key, self.text) = (key, text) }
  }

  /// The name, by which the family's settings choose the convention.
  public var name: String
  /// The paper or the program that defines it.
  public var source: String
  /// What the convention decides, in the order of a card.
  public var consequences: [Consequence]

  /// Creates a convention.
  public init(_ name: String, source: String, _ consequences: [Consequence]) {
    (self.name, self.source, self.consequences) = (name, source, consequences)
  }

  /// The consequences of an environment's specification and of a family's tasks.
  /// - Parameters:
  ///   - specification: the specification of the environment.
  ///   - start: how episodes start; nil for what only the environment's documentation says.
  ///   - reward: the reward of a step.
  ///   - end: when an episode ends before its horizon.
  ///   - distribution: the distribution of the tasks.
  ///   - training: the tasks of training.
  ///   - test: the tasks of an evaluation.
  ///   - beyond: the tasks outside of it; nil for none.
  public static func consequences(
    of specification: EnvironmentSpecification, start: String?, reward: String, end: String, distribution: String,
    training: EnvironmentTasks, test: EnvironmentTasks, beyond: String?
  ) -> [Consequence] {
    [
      Consequence("observation", specification.observationText), Consequence("action", specification.actionText),
      Consequence("control step", specification.stepText), Consequence("horizon", "\(specification.horizon) actions"),
    ] + (start.map { [Consequence("start", $0)] } ?? []) + [
      Consequence("reward", reward), Consequence("end", end),
      Consequence("tasks", distribution), Consequence("training tasks", training.countText),
      Consequence("test tasks", test.countText), Consequence("tasks beyond", beyond ?? "none"),
    ]
  }
}

extension EnvironmentFamily {
  /// The conventions of the family; where it declares none, what its environment and its tasks say of themselves.
  /// - Throws: `UserError` where the settings do not make a valid environment.
  public func documentedConventions() throws(UserError) -> [TaskConvention] {
    guard conventions.isEmpty else { return conventions }
    let specification = try environments().environment(count: 1).specification
    return [
      TaskConvention(
        "standard", source: card.source,
        TaskConvention.consequences(
          of: specification, start: nil, reward: "the sum of \(specification.rewardParts.joined(separator: ", "))",
          end: endsEpisodes ? "where the task ends it" : "none",
          distribution: tasks.tasks.isEmpty ? "drawn" : tasks.tasks.map(\.name).joined(separator: ", "),
          training: tasks, test: testTasks, beyond: tasksBeyond == nil ? nil : "drawn"))
    ]
  }
}

extension EnvironmentTasks {
  fileprivate var countText: String { tasks.isEmpty ? "drawn without end" : "\(tasks.count)" }
}

extension EnvironmentSpecification {
  fileprivate var observationText: String {
    let names = observations.map { observation in
      observation.name + (observation.bound < .infinity ? " within +-\(observation.bound.shortText)" : "")
        + (observation.scale == 1 ? "" : " x \(observation.scale.shortText)")
    }
    return "\(observations.count): \(Self.listed(names))"
  }

  fileprivate var actionText: String {
    switch actionSpace {
    case .discrete(let choices): "one of \(choices.count) choices: \(Self.listed(choices))"
    case .continuous(let actions):
      "\(actions.count), each clipped to \(actions.allSatisfy { $0.bounds == -1...1 } ? "[-1, 1]" : "its bounds"): "
        + Self.listed(
          actions.map { action in
            let bounds = action.bounds == -1...1 ? "" : " in \(action.bounds.lowerBound)...\(action.bounds.upperBound)"
            return "\(action.name) x \(action.scale) \(action.unit)" + bounds
          })
    }
  }

  fileprivate var stepText: String { hasDuration ? "\(secondsPerStep) s" : "without a duration" }

  /// At most so many names are listed.
  private static let mostNames = 6

  private static func listed(_ names: [String]) -> String {
    guard names.count > mostNames else { return names.joined(separator: ", ") }
    return names.prefix(3).joined(separator: ", ") + " ... \(names[names.count - 1])"
  }
}
