import Environments
import MetaLearning
import NeuralNetworks
public import Parts
import PolicyLearning
public import Runs

/// The sort of learning that trains policies on episodes in an environment.
public struct PolicyRunLearning: Learning {
  /// The largest number of environment steps in one sampling of a meta-batch: about 10 GB of observations.
  static let largestBatch = 100_000_000

  /// The largest number of inner steps of a task.
  static let mostInnerSteps = 100

  /// Creates the sort of learning.
  public init() {}

  public let name = "policies"

  public func learns(_ family: any TaskFamily) -> Bool { family is any EnvironmentFamily }

  public func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot] {
    let isReferenceLine = (algorithm as? any MetaAlgorithm)?.metaGradient == .unadapted
    return [
      RunSlot("Sampling", PolicySampling()), RunSlot("Adaptation (inner loop)", AdaptationSettings()),
      RunSlot("Adaptation (inner loop)", algorithm),
      RunSlot("Adaptation (inner loop)", SurrogateSettings(looksAtPast: !isReferenceLine), isUsed: looksAtSurrogate),
      RunSlot("Policy", PolicyModel()),
      RunSlot("Meta-update (outer loop)", PolicyOuterLoopSettings()) {
        ($0 as? any MetaAlgorithm)?.metaGradient != MetaGradient.none
      },
      RunSlot("Advantages", AdvantageSettings()), RunSlot("Environment", family),
    ]
  }

  /// Whether the choice of the surrogate matters. Where an algorithm differentiates the surrogate only once, all
  /// surrogates have the same derivatives; a reference line that trains on the surrogate itself reports its value.
  @Sendable private func looksAtSurrogate(_ algorithm: any Part) -> Bool {
    guard let algorithm = algorithm as? any MetaAlgorithm else { return true }
    return algorithm.metaGradient == .unadapted
      || algorithm.metaGradient == .differentiated && algorithm.phases.contains { $0.gradients == .unrolled }
  }

  public func check(_ configuration: RunConfiguration) throws(UserError) {
    let steps = configuration[AdaptationSettings.self].steps
    guard steps <= Self.mostInnerSteps else {
      throw UserError(
        "inner_steps: expected at most \(Self.mostInnerSteps) on episodes, which every step has fresh ones of, found \(steps)",
        status: .usage)
    }
    // Each factor is within its range, so that the product cannot overflow.
    let sampling = configuration[PolicySampling.self]
    let horizon = configuration["horizon"].flatMap { Int($0.description) } ?? 1
    let size = sampling.metaBatchSize * sampling.episodes * horizon
    guard size <= Self.largestBatch else {
      throw UserError(
        "meta_batch_size x episodes x horizon: expected at most \(Self.largestBatch) environment steps, found \(size)",
        status: .usage)
    }
  }

  public func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer {
    try PolicyTrainer(configuration)
  }

  public func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
    try PolicyEvaluator(configuration)
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

  package static let settings: [Setting<Self>] = [
    Setting("meta_batch_size", \.metaBatchSize, in: 1...10_000, "tasks in a meta-iteration"),
    Setting("episodes", \.episodes, in: 1...10_000, "episodes of a task, before and again after each inner step"),
    Setting(
      "task_sampling", \.taskSampling,
      "balanced: each of the tasks equally often, which takes variance out of the meta-gradient; random: drawn one by one"
    ),
  ]

  /// Creates the default settings.
  package init() {}
}
