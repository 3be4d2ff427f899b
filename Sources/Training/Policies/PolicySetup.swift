package import Environments
package import MetaLearning
package import NeuralNetworks
package import Parts
package import PolicyLearning
import RandomStreams
import RealModule
package import Rollouts
package import Runs
import TensorCore

/// The values of a configuration for learning a policy, in the form that the modules below take.
package struct PolicySetup: Sendable {
  package let configuration: RunConfiguration
  package let sampling: PolicySampling
  let family: any EnvironmentFamily
  /// The tasks of training: those of the family, or those that the run is about.
  let tasks: EnvironmentTasks
  /// The tasks of the same distribution on which results are reported.
  let testTasks: EnvironmentTasks
  /// The tasks of the same distribution at which a training looks.
  let validationTasks: EnvironmentTasks
  package let specification: EnvironmentSpecification
  package let size: EpisodeBatchSize
  let objective: PolicyObjective
  /// The divisor of a task's loss.
  let normalization: SurrogateNormalization
  /// What the outer objective has beside the loss after adaptation.
  let terms: OuterTerms
  package let estimation: AdvantageEstimation
  package let baseline: BaselineKind
  let algorithm: MetaObjective
  /// The meta-parameters with their initial values, whose names and shapes stay the same.
  package let initialParameters: MetaParameters<Float>

  /// The random numbers that each task draws before its first step.
  let noise: AdaptationNoise

  /// The inner steps that the run asks for.
  private let steps: Int
  private let maker: EnvironmentMaker

  /// The prefix of the names of the policy's parameters in a checkpoint.
  static let checkpointPrefix = "policy."

  package var policy: any StochasticPolicy { objective.policy }

  /// - Throws: `UserError` where the configuration asks for something that does not exist.
  /// - Parameter isPlain: whether policies are trained as they are, without any adaptation, whatever the algorithm.
  package init(_ configuration: RunConfiguration, isPlain: Bool = false) throws(UserError) {
    self.configuration = configuration
    guard let family = configuration.family as? any EnvironmentFamily else {
      preconditionFailure("\(configuration.taskName) has no environment")
    }
    self.family = family
    sampling = configuration[PolicySampling.self]
    tasks = try sampling.tasks(of: family)
    // A run about some tasks by their names is tested on them.
    testTasks = sampling.takesAllTasks ? family.testTasks : tasks
    validationTasks = sampling.takesAllTasks ? family.validationTasks : tasks
    maker = try family.environments()
    specification = try maker.environment(count: 1).specification
    let outerStep = configuration[PolicyOuterLoopSettings.self].common.optimizer as? any OuterStepChoice
    let steps = isPlain ? 0 : configuration[AdaptationSettings.self].steps
    self.steps = steps
    try sampling.check(horizon: specification.horizon, samplings: outerStep?.needsEpisodes == true ? steps + 1 : 1)
    let metaAlgorithm: any MetaAlgorithm = isPlain ? MAML() : configuration.metaAlgorithm
    size = EpisodeBatchSize(specification, episodes: sampling.episodes)
    let policy = try Self.policy(configuration, family, specification, layerForm: metaAlgorithm.layerForm)
    // An iteration holds a gradient of each task.
    try configuration.checkModelSize(of: policy.network.layerSizes) { [sampling] _ in sampling.metaBatchSize }
    var algorithm =
      isPlain
      ? metaAlgorithm.objective
      : try configuration.objective(layers: policy.network.layerNames, hasFixedExamples: false, hasLabels: false)
    let exploration = configuration[PolicyAdaptationSettings.self].explorationDeviation
    // Joint training learns from the episodes before any step.
    let isApart =
      exploration > 0 && steps > 0 && algorithm.metaGradient != .unadapted && policy.deviationName != nil
    if isApart { algorithm.leaveAlone([GaussianPolicy.logStandardDeviationName, PolicyObjective.logExplorationName]) }
    self.algorithm = algorithm
    terms = configuration[OuterTerms.self].used(isPlain: isPlain)
    let surrogate = configuration[SurrogateSettings.self]
    normalization = configuration[AdvantageSettings.self].normalization
    var objective = PolicyObjective(
      policy: policy, surrogate: surrogate.surrogate, pastDecay: surrogate.pastDecay,
      exploration: isApart ? exploration : nil)
    objective.entropyBonus = terms.entropyBonus
    self.objective = objective
    let advantages = configuration[AdvantageSettings.self]
    (estimation, baseline) = (advantages.estimation, advantages.baseline)
    var stream = RandomAddress(seed: UInt64(configuration.run.seed), purpose: .initialization).stream
    var start: Parameters<Float> = policy.initialParameters(from: &stream)
    if isApart, configuration[PolicyAdaptationSettings.self].learnsExploration {
      let deviations = Tensor<Float>(repeating: .log(Float(exploration)), shape: [specification.actions.count])
      start = Parameters(
        names: start.names + [PolicyObjective.logExplorationName], tensors: start.tensors + [deviations])
    }
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: start)
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// The policy for the actions of a family's environment.
  /// - Throws: `UserError` where the environment has another kind of actions than the family declares.
  private static func policy(
    _ configuration: RunConfiguration, _ family: any EnvironmentFamily, _ specification: EnvironmentSpecification,
    layerForm: LayerForm
  ) throws(UserError) -> any StochasticPolicy {
    let (model, scales) = (configuration[PolicyModel.self], specification.observations.map(\.scale))
    let isDeclared: Bool
    let policy: any StochasticPolicy
    switch ActionForm(specification.actionSpace) {
    case .vector(let size):
      isDeclared = !family.hasChoices
      policy = model.gaussianPolicy(scales: scales, actions: size, layerForm: layerForm)
    case .choice(let count):
      isDeclared = family.hasChoices
      policy = model.categoricalPolicy(scales: scales, choices: count, layerForm: layerForm)
    }
    guard isDeclared else {
      throw UserError(
        "task \(family.card.name): expected actions that are \(family.hasChoices ? "choices" : "vectors") as the family "
          + "declares, found the other kind in its environment", status: .internalFault)
    }
    return policy
  }

  /// The number of inner steps of a run, each of which has new episodes.
  package var stepCount: Int { algorithm.adaptation.stepCount(asked: steps) }

  /// The tasks of a meta-iteration.
  /// - Throws: `UserError` where a task is of a group that the family does not declare.
  func sampledTasks(iteration: Int) throws(UserError) -> [EnvironmentTask] {
    let count = sampling.metaBatchSize
    if sampling.taskSampling == .balanced, !tasks.tasks.isEmpty {
      // Where there are more tasks than a batch takes, the next iteration goes on where this one ends.
      let first = tasks.tasks.count > count ? (iteration - 1) * count : 0
      return (first..<first + count).map { tasks.tasks[$0 % tasks.tasks.count] }
    }
    let address = RandomAddress(
      seed: UInt64(configuration.run.seed), purpose: .taskSampling, iteration: iteration)
    var stream = address.stream
    return try (0..<count).map { _ throws(UserError) in
      let task = tasks.sample(from: &stream)
      _ = try family.declared(task.group)
      return task
    }
  }

  /// The groups of the tasks that can be counted, in their order.
  var groups: [String] {
    let own = tasks.tasks.map(\.group)
    return own.isEmpty ? family.groups : family.groups.filter(own.contains)
  }

  /// Whether inner steps set parameters to exactly 0.
  var setsZeros: Bool { algorithm.adaptation.phases.contains { $0.rule.setsZeros } }

  /// The share of zeros among the elements of a policy that are adapted by a rule which sets zeros.
  func zeroShare(of policy: Parameters<Float>) -> Double {
    let sparse = algorithm.adaptation.phases.filter { $0.rule.setsZeros }.map { policy.selecting($0.adapted) }
    let elements = sparse.flatMap { $0.tensors.flatMap(\.scalars) }
    return Double(elements.count { $0 == 0 }) / Double(max(elements.count, 1))
  }

  /// Makes an environment with a row for each episode of a task.
  package func makeEnvironment() throws(UserError) -> any BatchedEnvironment {
    try makeEnvironment(episodes: size.episodes)
  }

  /// Makes an environment with `episodes` rows.
  func makeEnvironment(episodes: Int) throws(UserError) -> any BatchedEnvironment {
    try maker.environment(count: episodes)
  }
}

extension MetaObjective {
  /// Takes parameters out of those that the phases adapt.
  fileprivate mutating func leaveAlone(_ names: [String]) {
    for index in adaptation.phases.indices {
      adaptation.phases[index].adapted = .intersection(adaptation.phases[index].adapted, .allBut(Set(names)))
    }
  }
}
