import Environments
import RandomStreams
import Rollouts
import Scenes

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

/// An environment that counts what is chosen in each state, over all rows of the last episodes.
final class CountedEnvironment: BatchedEnvironment {
  private let environment: any TabulatedEnvironment
  /// The number of times that each choice was taken, by state.
  private(set) var counts: [[Int]] = []
  private var hasEnded: [Bool] = []

  init(_ environment: any TabulatedEnvironment) { self.environment = environment }

  var specification: EnvironmentSpecification { environment.specification }
  var count: Int { environment.count }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    environment.reset(task: task, at: address, observations: &observations)
    counts = environment.stateNames.map { _ in Array(repeating: 0, count: specification.choiceCount) }
    hasEnded = Array(repeating: false, count: count)
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    for row in 0..<count where !hasEnded[row] {
      counts[environment.state(ofRow: row)][Int(actions[row])] += 1
    }
    environment.step(actions: actions, observations: &observations, rewards: &rewards, ends: &ends)
    for row in 0..<count where !ends[row].isEmpty { hasEnded[row] = true }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) { environment.readRewardParts(into: &parts) }

  func fault(ofRow row: Int) -> String? { environment.fault(ofRow: row) }
}
