package import Environments
package import MetaLearning
package import NeuralNetworks
package import Parts
package import PolicyLearning
import RandomStreams
package import Rollouts
package import Runs
import TensorCore

/// What a configuration says about learning a policy, as the values that the modules below take.
package struct PolicySetup: Sendable {
  package let configuration: RunConfiguration
  package let sampling: PolicySampling
  let family: any EnvironmentFamily
  package let specification: EnvironmentSpecification
  package let size: EpisodeBatchSize
  let objective: PolicyObjective
  package let estimation: AdvantageEstimation
  package let baseline: BaselineKind
  let algorithm: MetaObjective
  /// The names and shapes of the meta-parameters, with the values that training starts from.
  package let initialParameters: MetaParameters<Float>

  /// What each task draws before its first step.
  let noise: AdaptationNoise

  private let maker: EnvironmentMaker

  /// What stands before the names of the policy's parameters in a checkpoint.
  static let checkpointPrefix = "policy."

  package var policy: GaussianPolicy { objective.policy }

  /// - Throws: `UserError` where the configuration asks for what there is not.
  package init(_ configuration: RunConfiguration) throws(UserError) {
    self.configuration = configuration
    guard let family = configuration.family as? any EnvironmentFamily else {
      preconditionFailure("\(configuration.taskName) has no environment")
    }
    self.family = family
    sampling = configuration[PolicySampling.self]
    maker = try family.environments()
    specification = try maker.environment(count: 1).specification
    try sampling.check(horizon: specification.horizon)
    size = EpisodeBatchSize(specification, episodes: sampling.episodes)
    let policy = configuration[PolicyModel.self].policy(
      scales: specification.observations.map(\.scale), actions: specification.actions.count,
      layerForm: configuration.metaAlgorithm.layerForm)
    // A program takes one task.
    try configuration.checkModelSize(of: policy.network.layerSizes) { _ in 1 }
    algorithm = try configuration.objective(
      layers: policy.network.layerNames, hasFixedExamples: false, hasLabels: false)
    let surrogate = configuration[SurrogateSettings.self]
    objective = PolicyObjective(
      policy: policy, surrogate: surrogate.surrogate, normalization: .timeSteps, pastDecay: surrogate.pastDecay)
    let advantages = configuration[AdvantageSettings.self]
    (estimation, baseline) = (advantages.estimation, advantages.baseline)
    var stream = RandomAddress(seed: UInt64(configuration.run.seed), purpose: .initialization).stream
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: policy.initialParameters(from: &stream))
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// The inner steps of a run, each with episodes of its own.
  package var stepCount: Int { algorithm.adaptation.stepCount(asked: configuration[AdaptationSettings.self].steps) }

  /// An environment with a row for each episode of a task.
  package func makeEnvironment() throws(UserError) -> any BatchedEnvironment {
    try maker.environment(count: size.episodes)
  }
}
