import Environments
import MetaLearning
import NeuralNetworks
public import Parts
import PolicyLearning
import RandomStreams
public import Runs

/// The sort of learning that trains policies on episodes in an environment.
public struct PolicyRunLearning: Learning {
  /// The most inner steps of a task.
  static let mostInnerSteps = 100

  /// Creates the sort of learning.
  public init() {}

  public let name = "policies"

  public func learns(_ family: any TaskFamily) -> Bool { family is any EnvironmentFamily }

  public func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot] {
    let hasChoices = (family as? any EnvironmentFamily)?.hasChoices == true
    let isReferenceLine = (algorithm as? any MetaAlgorithm)?.metaGradient == .unadapted
    return [
      RunSlot("Sampling", PolicySampling()),
      RunSlot("Adaptation (inner loop)", AdaptationSettings(), isUsed: leavesStepsOpen),
      RunSlot("Adaptation (inner loop)", AdaptedLayers(for: algorithm)),
      RunSlot("Adaptation (inner loop)", algorithm, kind: .algorithm),
      RunSlot("Adaptation (inner loop)", SurrogateSettings(looksAtPast: !isReferenceLine), isUsed: looksAtSurrogate),
      RunSlot("Adaptation (inner loop)", PolicyAdaptationSettings(for: algorithm, hasChoices: hasChoices)),
      RunSlot("Policy", PolicyModel(hasChoices: hasChoices)),
      RunSlot("Meta-update (outer loop)", PolicyOuterLoopSettings()) {
        ($0 as? any MetaAlgorithm)?.metaGradient != MetaGradient.none
      },
      RunSlot("Meta-update (outer loop)", OuterTerms(for: algorithm)),
      RunSlot("Advantages", AdvantageSettings()), RunSlot("Held-out returns", HeldOutScoring()),
      RunSlot("Environment", family, kind: .task),
    ]
  }

  /// Whether the choice of the surrogate matters. Where an algorithm differentiates the surrogate only once, all
  /// surrogates have the same derivatives; a reference line that trains on the surrogate itself reports its value.
  @Sendable private func looksAtSurrogate(_ algorithm: any Part) -> Bool {
    guard let algorithm = algorithm as? any MetaAlgorithm else { return true }
    return algorithm.metaGradient == .unadapted
      || algorithm.metaGradient == .differentiated && algorithm.phases.contains { $0.gradients != .stopped }
  }

  public func faults(of family: any TaskFamily, algorithm: any Part) -> [String] {
    let tasks = (family as? any EnvironmentFamily)?.tasks.tasks ?? []
    let names = tasks.map(\.name)
    let twins = names.indices.filter { names[..<$0].contains(names[$0]) }.map { index in
      "task \(family.card.name): expected each of its tasks to have a name of its own, found '\(names[index])' twice"
    }
    let strays = tasks.compactMap { task in
      do throws(UserError) { _ = try family.declared(task.group) } catch { return error.message }
      return nil
    }
    return faults(of: algorithm) + twins + strays
  }

  public func check(_ configuration: RunConfiguration) throws(UserError) {
    try configuration[PolicyOuterLoopSettings.self].common.check(configuration.metaAlgorithm, hasEpisodes: true)
    let steps = configuration[AdaptationSettings.self].steps
    _ = try (configuration.family as? any EnvironmentFamily).map(configuration[PolicySampling.self].tasks)
    if steps == 0, configuration.metaAlgorithm.metaGradient != .differentiated {
      throw UserError(
        "inner_steps: expected 1 or more with \(configuration.algorithmName), which learns from the steps; 0, plain training "
          + "of a policy, is for algorithms with a meta-gradient of the loss after adaptation", status: .configuration)
    }
    if configuration[OuterTerms.self].exploration > 0, configuration[PolicySampling.self].metaBatchSize < 2 {
      throw UserError(
        "exploration_term: expected a meta_batch_size of 2 or more, over which returns are standardised, found 1",
        status: .configuration)
    }
    guard steps <= Self.mostInnerSteps else {
      throw UserError(
        "inner_steps: expected at most \(Self.mostInnerSteps) on episodes, which every step has fresh ones of, found \(steps)",
        status: .usage)
    }
  }

  public func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer {
    try PolicyTrainer(configuration)
  }

  public func obstacle(toChoosing key: String, of configuration: RunConfiguration) -> String? {
    let isLearned = configuration[PolicyAdaptationSettings.self].learnsExploration
    return key == PolicyAdaptationSettings.explorationKey && isLearned
      ? "the run has learned it (exploration_learning)" : nil
  }

  public func references(for family: any TaskFamily) -> [TaskReference] {
    let own = ((family as? any EnvironmentFamily)?.references ?? []).map { reference in
      TaskReference(reference.name, definition: reference.definition) {
        try FamilyReference($0, name: reference.name)
      }
    }
    if own.contains(where: { $0.name == TaskReference.oracle }) { return own }
    return own + [TaskReference(TaskReference.oracle, definition: PolicyOracle.definition) { try PolicyOracle($0) }]
  }

  /// The family's number, which is for its tests; of another division whose tasks never run out, as many as the default of
  /// families whose tests do not.
  public func evaluationTasks(of family: any TaskFamily, split: EvaluationRequest.Split) -> Int {
    guard let family = family as? any EnvironmentFamily else { return family.evaluationTasks }
    let division: EnvironmentTasks? =
      switch split {
      case .test: nil
      case .validation: family.validationTasks
      case .training: family.tasks
      case .beyond: family.tasksBeyond
      }
    guard let division, division.tasks.isEmpty else { return family.evaluationTasks }
    return max(family.evaluationTasks, Self.endlessTasks)
  }

  private static let endlessTasks = 40

  public func splits(of family: any TaskFamily) -> [EvaluationRequest.Split] {
    guard let family = family as? any EnvironmentFamily, family.hasNewTasks else { return [] }
    return [.training, .test] + (family.tasksBeyond == nil ? [] : [.beyond])
  }

  public func hasNewTasks(_ family: any TaskFamily) -> Bool {
    (family as? any EnvironmentFamily)?.hasNewTasks ?? true
  }

  public func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
    try PolicyEvaluator(configuration)
  }

  public func makeRehearsal(_ configuration: RunConfiguration) throws -> (any TaskRehearsal)? {
    try PolicyRehearsal(configuration)
  }
}

/// The number of tasks in a meta-iteration and the number of episodes of each task.
package struct PolicySampling: Part {
  /// The way in which the tasks of a meta-iteration are drawn.
  enum TaskSampling: String, CaseIterable, Sendable { case balanced, random }

  package let card = Card("sampling", "how many tasks and episodes", source: "metarl")
  /// The number of tasks in a meta-iteration.
  package var metaBatchSize = 20
  /// The number of episodes of a task at each sampling.
  var episodes = 40
  /// The way in which the tasks of a meta-iteration are drawn.
  var taskSampling = TaskSampling.balanced
  /// The names of the only tasks, or `all`.
  var onlyTasks = [Self.allTasks]

  package static let settings: [Setting<Self>] = [
    .metaBatchSize(\.metaBatchSize),
    Setting("episodes", \.episodes, in: 1...10_000, "episodes of a task, before and again after each inner step")
      .measured(in: "episodes"),
    Setting(
      "task_sampling", \.taskSampling,
      "balanced: each of the tasks equally often, which takes variance out of the meta-gradient; random: drawn one by one"
    ),
    Setting(
      names: "only_tasks", \.onlyTasks, "names of the only tasks that are trained and evaluated, or all"
    ).addedLater(),
  ]

  /// Creates the default settings.
  package init() {}

  private static let allTasks = "all"

  /// Whether the run is about all tasks of its family.
  var takesAllTasks: Bool { onlyTasks == [Self.allTasks] }

  /// The training tasks of a family that the run is about.
  /// - Throws: `UserError` where there is no task of a name.
  func tasks(of family: any EnvironmentFamily) throws(UserError) -> EnvironmentTasks {
    guard !takesAllTasks else { return family.tasks }
    let all = family.tasks.tasks
    for name in onlyTasks where !all.contains(where: { $0.name == name }) {
      let expected =
        all.isEmpty
        ? "all, as the tasks of \(family.card.name) have no names"
        : "some of \(all.map(\.name).joined(separator: ", "))"
      throw UserError("only_tasks: expected \(expected), found '\(name)'", status: .configuration)
    }
    let chosen = all.filter { onlyTasks.contains($0.name) }
    return EnvironmentTasks(tasks: chosen) { stream in chosen[stream.index(below: chosen.count)] }
  }

  /// The most environment steps that one sampling of a meta-batch may hold: about 10 GB of observations.
  private static let largestBatch = 100_000_000

  /// Checks that a meta-batch fits in memory, whatever makes its episodes as long as they are.
  /// - Parameters:
  ///   - horizon: the environment's steps of an episode.
  ///   - samplings: the samplings of a task that are kept at the same time.
  ///   - episodes: the number of episodes of a task; nil for that of the settings.
  ///   - tasks: the number of tasks; nil for that of the settings.
  /// - Throws: `UserError` where it does not.
  func check(
    horizon: Int, samplings: Int = 1, episodes: Int? = nil, tasks: Int? = nil
  ) throws(UserError) {
    let (metaBatchSize, episodes) = (tasks ?? metaBatchSize, episodes ?? self.episodes)
    var size: Int? = 1
    for factor in [metaBatchSize, episodes, horizon, samplings] {
      let (product, overflows) = (size ?? 0).multipliedReportingOverflow(by: factor)
      size = size == nil || overflows ? nil : product
    }
    if let size, size <= Self.largestBatch { return }
    throw UserError(
      "meta_batch_size \(metaBatchSize) x episodes \(episodes) x \(horizon) steps of an episode"
        + "\(samplings > 1 ? " x \(samplings) samplings that the outer step keeps" : ""): expected at most "
        + "\(Self.largestBatch) environment steps, found \(size.map(String.init) ?? "more than \(Int.max)"); take fewer or "
        + "shorter episodes", status: .usage)
  }
}
