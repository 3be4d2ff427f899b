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

  var view: RehearsalView {
    switch try? setup.makeEnvironment(episodes: 1) {
    case is any DrawnEnvironment: .episodes
    case is any TabulatedEnvironment: .steps
    default: .nothing
    }
  }

  var taskNames: [String] { setup.testTasks.tasks.map(\.name) }

  func picture(_ request: RehearsalRequest) throws -> AdaptationPicture {
    let environment = try setup.makeEnvironment(episodes: 1)
    if let environment = environment as? any DrawnEnvironment { return .film(try film(of: environment, request)) }
    let many = try setup.makeEnvironment(episodes: setup.size.episodes)
    if let environment = many as? any TabulatedEnvironment {
      return .choices(try choices(in: environment, request))
    }
    throw UserError(
      "\(setup.family.card.name): expected tasks that move in a plane, or of a few states, found none to draw",
      status: .usage)
  }

  private func film(of environment: any DrawnEnvironment, _ request: RehearsalRequest) throws -> AdaptationFilm {
    let (task, number) = try task(of: request)
    let recorded = RecordedEnvironment(environment)
    var episodes: [EpisodeFilm] = []
    try play(request, task, number, in: recorded) { step, _ in
      episodes.append(EpisodeFilm(step: step, frames: recorded.frames))
    }
    let specification = environment.specification
    return AdaptationFilm(
      task: setup.family.shownName(of: task), title: request.title(of: setup.configuration),
      secondsPerFrame: specification.hasDuration ? specification.secondsPerStep : nil,
      isFollowed: environment.isFollowed, episodes: episodes)
  }

  /// The choices of as many episodes as an evaluation scores the task by.
  private func choices(
    in environment: any TabulatedEnvironment, _ request: RehearsalRequest
  ) throws -> ChoiceCounts {
    let (task, number) = try task(of: request)
    let counted = CountedEnvironment(environment)
    var steps: [ChoiceCounts.Step] = []
    try play(request, task, number, in: counted) { step, meanReturn in
      steps.append(ChoiceCounts.Step(step: step, counts: counted.counts, meanReturn: meanReturn))
    }
    guard case .discrete(let names) = environment.specification.actionSpace else {
      preconditionFailure("\(setup.family.card.name) has states and no choices")
    }
    return ChoiceCounts(
      task: setup.family.shownName(of: task), title: request.title(of: setup.configuration),
      states: environment.stateNames, choices: names,
      means: environment.meanRewards, steps: steps)
  }

  /// Adapts to a task and plays episodes after each of the numbers of inner steps.
  /// - Parameter visit: receives the number of steps and the mean return.
  private func play(
    _ request: RehearsalRequest, _ task: EnvironmentTask, _ number: Int, in environment: any BatchedEnvironment,
    visit: (Int, Double) -> Void
  ) throws {
    let collector = EpisodeCollector(environment: environment)
    let actor = PolicyInference(
      setup.policy, layout: setup.initialParameters.model, episodes: environment.count
    ).makeActor()
    var batch = EpisodeBatch(size: collector.size)
    try adapt(request, to: task, number: number) { step, policy, address in
      guard request.steps.contains(step) else { return }
      actor.load(policy)
      try collector.collect(into: &batch, task: task, policy: actor, at: address)
      visit(step, batch.meanReturn)
    }
  }

  func model(_ request: RehearsalRequest) throws -> AdaptedModel {
    let task = try task(of: request).task
    let adapted = try policy(request)
    let specification = try setup.makeEnvironment(episodes: 1).specification
    let own = ["task": task.name, "task.parameters": try JSONText.compact(task.parameters)]
    let metadata = request.metadata(of: setup.configuration, format: "policy-1", task: own)
      .merging(try specification.policyMetadata()) { own, _ in own }
    let inputs = specification.observations
    var steps: [ModelStep] = []
    if inputs.contains(where: { $0.bound < .infinity }) {
      let bounds = inputs.map { Float(min($0.bound, Double(Float.greatestFiniteMagnitude))) }
      steps.append(.clip(low: bounds.map { -$0 }, high: bounds))
    }
    if inputs.contains(where: { $0.scale != 1 }) { steps.append(.scale(inputs.map { Float($0.scale) })) }
    let network = setup.policy.network
    return AdaptedModel(
      task: task.name, tensors: adapted.namedArrays(prefix: ""), metadata: metadata, inputSize: network.inputSize,
      outputSize: network.outputSize, steps: steps + network.steps(adapted),
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
    let (task, index) = try setup.testTasks.task(request.task ?? "1", seed: request.seed)
    // An evaluation adapts to each of finitely many tasks so often, one after another.
    return (task, setup.testTasks.tasks.isEmpty ? index : index * setup.family.evaluationTasks)
  }
}

extension EnvironmentSpecification {
  /// What a policy's outputs are.
  fileprivate func result(deviations: [Float]) -> ModelResult {
    switch actionSpace {
    case .continuous(let actions):
      .means(
        low: actions.map { Float($0.bounds.lowerBound) }, high: actions.map { Float($0.bounds.upperBound) },
        deviations: deviations)
    case .discrete: .choices
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
