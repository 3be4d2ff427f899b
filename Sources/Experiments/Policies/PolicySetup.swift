import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts

/// What a configuration says about learning a policy, as the values that the modules below take.
struct PolicySetup: Sendable {
  let configuration: RunConfiguration
  let description: EnvironmentDescription
  let model: RobotModel
  let environmentSettings: LocomotionSettings
  let physics: PhysicsKind
  let size: EpisodeBatchSize
  let objective: PolicyObjective
  let estimation: AdvantageEstimation
  let baseline: BaselineKind
  let algorithm: MetaAlgorithm
  /// The names and shapes of the meta-parameters, with the values that training starts from.
  let initialParameters: MetaParameters<Float>

  /// What each task draws before its first step.
  let noise: AdaptationNoise

  /// What stands before the names of the policy's parameters in a checkpoint.
  static let checkpointPrefix = "policy."

  var policy: GaussianPolicy { objective.policy }

  /// - Throws: `UserError` where the configuration asks for what there is not.
  init(_ configuration: RunConfiguration) throws {
    configuration.chooseKernels()
    self.configuration = configuration
    guard let description = EnvironmentRegistry.named(configuration.task) else {
      throw UserError("task \(configuration.task): expected an environment of that name, found none", status: .usage)
    }
    self.description = description
    physics = configuration.physics
    model = try Self.readModel(configuration.model, description)
    var settings = description.defaults
    settings.controlCostWeight = configuration.controlCost
    settings.horizon = configuration.horizon
    settings.solverSweeps = configuration.solverSweeps
    environmentSettings = settings
    try Self.prove(model, on: physics, sweeps: configuration.solverSweeps)
    let probe = try Self.makeEnvironment(description, model, settings, physics, count: 1)
    size = EpisodeBatchSize(probe.specification, episodes: configuration.episodes)
    algorithm = try MetaAlgorithm.named(configuration.algorithm, configuration)
    if let obstacle = algorithm.policyObstacle {
      throw UserError("\(algorithm.name) on \(configuration.task): \(obstacle)", status: .configuration)
    }
    let policy = Self.policy(configuration, probe.specification, algorithm.layerForm)
    objective = PolicyObjective(
      policy: policy, surrogate: configuration.surrogate, normalization: .timeSteps,
      pastDecay: configuration.pastDecay)
    estimation = AdvantageEstimation(
      discount: configuration.discount, decay: configuration.advantageDecay,
      normalization: configuration.normalizeAdvantages ? .standardized : .none)
    baseline = configuration.baseline
    var stream = RandomAddress(seed: UInt64(configuration.seed), purpose: .initialization).stream
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: policy.initialParameters(from: &stream))
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// The inner steps of a run, each with episodes of its own.
  var stepCount: Int { algorithm.adaptation.stepCount(asked: configuration.innerSteps) }

  /// An environment with a row for each episode of a task.
  func makeEnvironment() throws(UserError) -> any BatchedEnvironment {
    try Self.makeEnvironment(description, model, environmentSettings, physics, count: size.episodes)
  }

  private static func makeEnvironment(
    _ description: EnvironmentDescription, _ model: RobotModel, _ settings: LocomotionSettings, _ physics: PhysicsKind,
    count: Int
  ) throws(UserError) -> any BatchedEnvironment {
    try explained {
      try description.makeEnvironment(model: model, settings: settings, physics: physics, count: count)
    }
  }

  private static func prove(_ model: RobotModel, on physics: PhysicsKind, sweeps: Int) throws(UserError) {
    try explained { try physics.prove(model, sweeps: sweeps == 0 ? nil : sweeps) }
  }

  private static func policy(
    _ configuration: RunConfiguration, _ specification: EnvironmentSpecification, _ layerForm: LayerForm
  ) -> GaussianPolicy {
    // Velocities are several times as large as positions and angles.
    let scales = specification.observations.map { $0.unit.hasSuffix("/s") ? configuration.velocityScale : 1 }
    return GaussianPolicy(
      network: MultilayerPerceptron(
        inputSize: specification.observations.count, hiddenSizes: configuration.hiddenSizes,
        outputSize: specification.actions.count, activation: configuration.activation,
        // Means near 0 at first: the noise alone explores, towards no direction more than another.
        outputInitializer: .orthogonal(gain: 0.1), layerForm: layerForm),
      initialStandardDeviation: configuration.initialStandardDeviation, observationScales: scales)
  }

  private static func readModel(_ path: String, _ description: EnvironmentDescription) throws(UserError) -> RobotModel {
    try explained { try description.readModel(contentsOf: path.isEmpty ? nil : path) }
  }

  /// Runs `body`, whose errors of robots and settings, a line each, become a user's.
  private static func explained<Result>(_ body: () throws -> Result) throws(UserError) -> Result {
    do {
      return try body()
    } catch {
      throw UserError("\(error)", status: .malformedData)
    }
  }
}
