import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
import Runs
import Scenes

/// Records episodes of a trained policy before and after its inner steps, on environments that can be drawn.
struct PolicyFilmer: AdaptationFilmer {
  private let setup: PolicySetup

  init(_ configuration: RunConfiguration) throws { setup = try PolicySetup(configuration) }

  var stepCount: Int { setup.stepCount }

  func film(_ request: FilmRequest) throws -> AdaptationFilm {
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
    let adapter = try TaskAdapter(setup, PolicyAdaptationPrograms(setup))
    let parameters = try setup.initialParameters.reading(request.checkpoint.contents, prefix: PolicySetup.checkpointPrefix)
    let address = RandomAddress(
      seed: UInt64(request.seed), purpose: .actionNoise, iteration: PolicyEvaluator.iteration, task: number)
    try Divergence.explained(setup.configuration) {
      _ = try adapter.adapt(parameters, to: task, steps: request.steps.last ?? 0, at: address, scoring: false) {
        step, policy, address in
        guard request.steps.contains(step) else { return }
        actor.load(policy)
        try collector.collect(into: &batch, task: task, policy: actor, at: address)
        episodes.append(EpisodeFilm(step: step, frames: recorded.frames))
      }
    }
    let specification = environment.specification
    return AdaptationFilm(
      task: task.name,
      title: "\(setup.configuration.algorithmName) on \(setup.family.card.name), iteration \(request.checkpoint.iteration)",
      secondsPerFrame: specification.hasDuration ? specification.secondsPerStep : nil,
      isFollowed: environment.isFollowed, episodes: episodes)
  }

  /// The task by its name, or by its number among the held-out ones.
  private func task(of request: FilmRequest) throws(UserError) -> (task: EnvironmentTask, number: Int) {
    let named = setup.testTasks.tasks
    let asked = request.task ?? "1"
    if let index = named.firstIndex(where: { $0.name == asked }) { return (named[index], index) }
    guard let number = Int(asked), (1...Self.greatestNumber).contains(number),
      named.isEmpty || number <= named.count
    else {
      let names = named.map(\.name).joined(separator: ", ")
      throw UserError(
        "--task \(asked): expected "
          + (named.isEmpty
            ? "the number of a held-out task, from 1 to \(Self.greatestNumber)"
            : "one of \(names), or a number from 1 to \(named.count)"),
        status: .usage)
    }
    guard named.isEmpty else { return (named[number - 1], number - 1) }
    var stream = RandomAddress(seed: UInt64(request.seed), purpose: .evaluationTasks).stream
    let drawn = (0..<number).map { _ in setup.testTasks.sample(from: &stream) }
    var task = drawn[number - 1]
    task.name += " \(number)"
    return (task, number - 1)
  }

  private static let greatestNumber = 10_000
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
