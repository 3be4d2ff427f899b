import Environments
import RandomStreams

/// Runs episodes of an environment under repeated random actions, without a policy, to measure the cost of an engine
/// alone.
final class RandomSteps {
  private let environment: any BatchedEnvironment
  private let episodes: Int
  private let horizon: Int
  private let actions: [Float]
  private var observations: [Float]
  private var rewards: [Float]
  private var ends: [EpisodeEnd]
  private var firstEpisode = 0

  /// The number of steps of one run.
  var timeSteps: Int { episodes * horizon }

  init(_ environment: any BatchedEnvironment) {
    self.environment = environment
    let specification = environment.specification
    (episodes, horizon) = (environment.count, specification.horizon)
    actions = Benchmark.uniformActions(episodes * horizon * specification.actionSpace.actionSize)
    observations = Array(repeating: 0, count: episodes * specification.observations.count)
    rewards = Array(repeating: 0, count: episodes)
    ends = Array(repeating: [], count: episodes)
  }

  /// Runs one episode in every row, with observations and rewards written.
  func runEpisodes() {
    firstEpisode += episodes
    let start = RandomAddress(seed: 1, purpose: .environmentReset, episode: firstEpisode)
    var observed = observations.mutableSpan
    var earned = rewards.mutableSpan
    var ended = ends.mutableSpan
    environment.reset(task: CheetahDirection.forward.task, at: start, observations: &observed)
    // A second reference, not a copy: a span of the property would prevent writes to the others.
    let actions = actions
    let width = actions.count / horizon
    for step in 0..<horizon {
      environment.step(
        actions: actions.span.extracting(step * width..<(step + 1) * width), observations: &observed,
        rewards: &earned, ends: &ended)
    }
  }
}
