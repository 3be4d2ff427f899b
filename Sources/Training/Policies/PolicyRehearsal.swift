import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
import Runs
import Scenes
import TensorCore

/// Adapts a trained policy to single tasks, and records its episodes on environments that can be drawn.
struct PolicyRehearsal: TaskRehearsal {
  private let setup: PolicySetup

  init(_ configuration: RunConfiguration) throws { setup = try PolicySetup(configuration) }

  init(_ setup: PolicySetup) { self.setup = setup }

  var stepCount: Int { setup.stepCount }

  var isDrawn: Bool { (try? setup.makeEnvironment(episodes: 1)) is any DrawnEnvironment }

  var taskNames: [String] { setup.testTasks.tasks.map(\.name) }

  func film(_ request: RehearsalRequest) throws -> AdaptationFilm {
    guard let environment = try setup.makeEnvironment(episodes: 1) as? any DrawnEnvironment else {
      throw UserError(
        "\(setup.family.card.name): expected tasks that move in a plane, such as robots and points, found none to draw",
        status: .usage)
    }
    let (task, number) = try task(of: request)
    let recorded = RecordedEnvironment(environment)
    let collector = EpisodeCollector(environment: recorded)
    let actor = PolicyInference(setup.policy, layout: setup.initialParameters.model, episodes: 1).makeActor()
    var batch = EpisodeBatch(size: collector.size)
    var episodes: [EpisodeFilm] = []
    try adapt(request, to: task, number: number) { step, policy, address in
      guard request.steps.contains(step) else { return }
      actor.load(policy)
      try collector.collect(into: &batch, task: task, policy: actor, at: address)
      episodes.append(EpisodeFilm(step: step, frames: recorded.frames))
    }
    let specification = environment.specification
    return AdaptationFilm(
      task: task.name,
      title:
        "\(setup.configuration.algorithmName) on \(setup.family.card.name), iteration \(request.checkpoint.iteration)",
      secondsPerFrame: specification.hasDuration ? specification.secondsPerStep : nil,
      isFollowed: environment.isFollowed, episodes: episodes)
  }

  func model(_ request: RehearsalRequest) throws -> AdaptedModel {
    let task = try task(of: request).task
    let adapted = try policy(request)
    let specification = try setup.makeEnvironment(episodes: 1).specification
    func array(_ name: String) -> NamedArray {
      NamedArray(name: name, shape: adapted[name].shape.sizes, values: adapted[name].scalars)
    }
    var metadata = try specification.policyMetadata()
    metadata["metarl.format"] = "policy-1"
    metadata["family"] = setup.family.card.name
    let count = request.steps.last ?? 0
    metadata["inner_steps"] = String(count)
    // Before adaptation a policy knows of no task.
    if count > 0 {
      metadata["task"] = task.name
      metadata["task.parameters"] = try JSONText.compact(task.parameters)
    }
    metadata["iteration"] = String(request.checkpoint.iteration)
    metadata["seed"] = String(request.seed)
    for entry in setup.configuration.entries {
      metadata["config.\(entry.key.name)"] = setup.configuration[entry.key.name]?.description
    }
    let inputs = specification.observations
    var steps: [ModelStep] = []
    if inputs.contains(where: { $0.bound < .infinity }) {
      let bounds = inputs.map { Float(min($0.bound, Double(Float.greatestFiniteMagnitude))) }
      steps.append(.clip(low: bounds.map { -$0 }, high: bounds))
    }
    if inputs.contains(where: { $0.scale != 1 }) { steps.append(.scale(inputs.map { Float($0.scale) })) }
    let network = setup.policy.network
    for (index, layer) in network.layerNames.enumerated() {
      steps += [.product(array("\(layer).weight")), .sum(array("\(layer).bias"))]
      if network.layerForm == .transformed {
        steps.append(.product(array("\(layer).\(ParameterSelection.transformKind)")))
      }
      if let activation = network.activation, index < network.hiddenSizes.count {
        steps.append(.function(activation.rawValue))
      }
    }
    return AdaptedModel(
      task: task.name, tensors: adapted.names.map(array), metadata: metadata, steps: steps,
      result: specification.result(deviations: exp(setup.policy.logStandardDeviations(adapted)).scalars))
  }

  /// Adapts to a task and returns the policy after the last of the numbers of inner steps.
  /// - Throws: `UserError` where there is no such task.
  func policy(_ request: RehearsalRequest) throws -> Parameters<Float> {
    let (task, number) = try task(of: request)
    var adapted = setup.initialParameters.model
    try adapt(request, to: task, number: number) { _, policy, _ in adapted = policy }
    return adapted
  }

  /// Adapts to a task by the last of the request's numbers of steps.
  /// - Parameters:
  ///   - number: the number of the task among those of the random numbers.
  ///   - visit: receives the number of inner steps, the policy after them, and the address of the episodes that score it.
  private func adapt(
    _ request: RehearsalRequest, to task: EnvironmentTask, number: Int,
    visit: (Int, Parameters<Float>, RandomAddress) throws -> Void
  ) throws {
    let adapter = try TaskAdapter(setup, PolicyAdaptationPrograms(setup))
    let parameters = try setup.initialParameters.reading(
      request.checkpoint.contents, prefix: PolicySetup.checkpointPrefix)
    let address = RandomAddress(
      seed: UInt64(request.seed), purpose: .actionNoise, iteration: PolicyEvaluator.iteration, task: number)
    try Divergence.explained(setup.configuration) {
      try withoutActuallyEscaping(visit) { visit in
        _ = try adapter.adapt(
          parameters, to: task, steps: request.steps.last ?? 0, at: address, scoring: false, visit: visit)
      }
    }
  }

  /// The task by its name, or by its number among the held-out ones.
  private func task(of request: RehearsalRequest) throws(UserError) -> (task: EnvironmentTask, number: Int) {
    let (task, index) = try setup.testTasks.task(request.task ?? "1", seed: request.seed, prefix: "--task ")
    // An evaluation adapts to each of finitely many tasks so often, one after another.
    return (task, setup.testTasks.tasks.isEmpty ? index : index * setup.family.evaluationTasks)
  }
}

/// An environment that keeps what its first row looks like, from the start of an episode to its end.
final class RecordedEnvironment: BatchedEnvironment {
  private let environment: any DrawnEnvironment
  /// The frames of the first row's episode.
  private(set) var frames: [EpisodeFilm.Frame] = []
  private var hasEnded = false

  init(_ environment: any DrawnEnvironment) { self.environment = environment }

  var specification: EnvironmentSpecification { environment.specification }
  var count: Int { environment.count }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    environment.reset(task: task, at: address, observations: &observations)
    frames = [EpisodeFilm.Frame(scene: environment.scene(ofRow: 0), returnSoFar: 0)]
    hasEnded = false
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    environment.step(actions: actions, observations: &observations, rewards: &rewards, ends: &ends)
    guard !hasEnded else { return }
    let before = frames.last?.returnSoFar ?? 0
    frames.append(
      EpisodeFilm.Frame(scene: environment.scene(ofRow: 0), returnSoFar: before + Double(rewards[0])))
    hasEnded = !ends[0].isEmpty
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) { environment.readRewardParts(into: &parts) }

  func fault(ofRow row: Int) -> String? { environment.fault(ofRow: row) }
}

extension EnvironmentSpecification {
  /// What a policy's outputs are.
  fileprivate func result(deviations: [Float]) -> ModelResult {
    switch actionSpace {
    case .continuous(let actions):
      .means(
        low: actions.map { Float($0.bounds.lowerBound) }, high: actions.map { Float($0.bounds.upperBound) },
        deviations: deviations)
    case .discrete: .logits
    }
  }

  /// What a program must know to run a policy: what it observes, with the factors by which the observations are multiplied
  /// before the network and the bounds to which they are clipped before that, and what its outputs mean. Lists are JSON.
  fileprivate func policyMetadata() throws -> [String: String] {
    var metadata = [
      "observation.names": try JSONText.compact(observations.map(\.name)),
      "observation.units": try JSONText.compact(observations.map(\.unit)),
      "observation.scales": try JSONText.compact(observations.map(\.scale)),
      // JSON has no infinity.
      "observation.bounds": try JSONText.compact(observations.map { $0.bound < .infinity ? $0.bound : nil }),
      "horizon": String(horizon),
    ]
    if hasDuration { metadata["seconds_per_action"] = secondsPerStep.shortText }
    switch actionSpace {
    case .continuous(let actions):
      metadata["action.kind"] = "gaussian: means are the outputs, deviations exp(log_standard_deviation)"
      metadata["action.names"] = try JSONText.compact(actions.map(\.name))
      metadata["action.units"] = try JSONText.compact(actions.map(\.unit))
      metadata["action.scales"] = try JSONText.compact(actions.map(\.scale))
      metadata["action.low"] = try JSONText.compact(actions.map(\.bounds.lowerBound))
      metadata["action.high"] = try JSONText.compact(actions.map(\.bounds.upperBound))
    case .discrete(let choices):
      metadata["action.kind"] = "categorical: outputs are logits"
      metadata["action.names"] = try JSONText.compact(choices)
    }
    return metadata
  }
}
