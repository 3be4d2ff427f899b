public import Environments
public import RandomStreams
import TensorCore

/// Runs the episodes of a task in lockstep: one call of the policy and one step of the environment for all of them in each
/// time step.
///
/// Time steps allocate nothing. Only one thread at a time may use a collector, so each worker has a separate one.
public final class EpisodeCollector {
  private let environment: any BatchedEnvironment
  /// The sizes of the batches that the collector fills.
  public let size: EpisodeBatchSize

  // Scratch for a time step, allocated once.
  /// The ends of the last time step, all empty before the next one.
  private var ends: [EpisodeEnd]
  private var isRunning: [Bool]
  private var runningCount = 0

  /// Creates a collector whose batches have one episode for each row of `environment`.
  public init(environment: any BatchedEnvironment) {
    self.environment = environment
    size = EpisodeBatchSize(environment.specification, episodes: environment.count)
    precondition(
      size.actionSize <= 4 * RandomAddress.blockCount,
      "an action of \(size.actionSize) numbers needs more than the \(RandomAddress.blockCount) blocks of a time step")
    ends = Array(repeating: [], count: size.episodes)
    isRunning = Array(repeating: false, count: size.episodes)
  }

  /// Runs one episode of `task` in every row and writes the episodes to `batch`.
  ///
  /// Episode e draws its start from `address` with the purpose `.environmentReset`, and the noise of its action at time
  /// step t with the purpose `.actionNoise`, with e added to the address's episode and t as the time step. An episode
  /// therefore does not depend on the other rows, provided that the policy's outputs do not.
  /// - Parameters:
  ///   - batch: a batch of the collector's sizes, whose contents are overwritten.
  ///   - task: the task that every row is reset to.
  ///   - policy: the distribution of actions for a row of observations.
  ///   - address: the seed, iteration, adaptation step, task and first episode; its purpose and time step are replaced.
  /// - Throws: `NonFiniteValueError` at the first action, observation or reward that is not finite.
  public func collect(
    into batch: inout EpisodeBatch, task: EnvironmentTask, policy: some ActionDistribution, at address: RandomAddress
  ) throws(NonFiniteValueError) {
    precondition(batch.size == size, "a batch of \(batch.size) was given to a collector of \(size)")
    try reset(&batch, task: task, policy: policy, at: address)
    for time in 0..<size.horizon {
      try sampleActions(&batch, policy: policy, time: time, at: address)
      try step(&batch, time: time, at: address)
    }
    for episode in 0..<size.episodes where isRunning[episode] { batch.ends[episode] = .truncated }
  }

  private func reset(
    _ batch: inout EpisodeBatch, task: EnvironmentTask, policy: some ActionDistribution, at address: RandomAddress
  ) throws(NonFiniteValueError) {
    for episode in 0..<size.episodes {
      isRunning[episode] = true
      batch.ends[episode] = []
    }
    runningCount = size.episodes
    batch.mask.withMutableSpan(of: batch.mask.indices) { $0.update(repeating: 1) }
    batch.deviations.withMutableSpan(of: batch.deviations.indices) { policy.writeStandardDeviations(into: &$0) }
    var resetAddress = address
    resetAddress.purpose = .environmentReset
    resetAddress.timeStep = 0
    let range = rowRange(0, width: size.observationSize)
    batch.observations.withMutableSpan(of: range) { observations in
      environment.reset(task: task, at: resetAddress, observations: &observations)
    }
    try requireFinite(batch.observations.span.extracting(range), .observation, time: 0, at: address)
  }

  private func sampleActions(
    _ batch: inout EpisodeBatch, policy: some ActionDistribution, time: Int, at address: RandomAddress
  ) throws(NonFiniteValueError) {
    let (range, outputRange) = (rowRange(time, width: size.actionSize), rowRange(time, width: size.outputSize))
    // Second references, not copies: a span of a property would prevent writes to the whole batch.
    let observations = batch.observations
    batch.outputs.withMutableSpan(of: outputRange) { outputs in
      policy.writeOutputs(
        for: observations.span.extracting(rowRange(time, width: size.observationSize)), into: &outputs)
    }
    var noiseAddress = address
    noiseAddress.purpose = .actionNoise
    noiseAddress.timeStep = UInt32(time)
    let (outputs, deviations) = (batch.outputs, batch.deviations)
    batch.actions.withMutableSpan(of: range) { actions in
      size.actionForm.sample(
        outputs: outputs.span.extracting(outputRange), deviations: deviations.span, at: noiseAddress, into: &actions)
    }
    if runningCount < size.episodes { clearActionsOfEndedEpisodes(in: &batch, time: time) }
    try requireFinite(batch.actions.span.extracting(range), .action, time: time, at: address)
  }

  /// The actions of an episode that has ended are 0 until the others end.
  private func clearActionsOfEndedEpisodes(in batch: inout EpisodeBatch, time: Int) {
    for episode in 0..<size.episodes where !isRunning[episode] {
      let start = (time * size.episodes + episode) * size.actionSize
      for index in 0..<size.actionSize { batch.actions[start + index] = 0 }
    }
  }

  private func step(
    _ batch: inout EpisodeBatch, time: Int, at address: RandomAddress
  ) throws(NonFiniteValueError) {
    let nextObservations = rowRange(time + 1, width: size.observationSize)
    let rewards = rowRange(time, width: 1)
    let actions = batch.actions
    let actionRow = actions.span.extracting(rowRange(time, width: size.actionSize))
    var endRoom = ends.mutableSpan
    batch.observations.withMutableSpan(of: nextObservations) { observationRoom in
      batch.rewards.withMutableSpan(of: rewards) { rewardRoom in
        environment.step(actions: actionRow, observations: &observationRoom, rewards: &rewardRoom, ends: &endRoom)
      }
    }
    batch.rewardParts.withMutableSpan(of: rowRange(time, width: size.rewardPartCount)) { partRoom in
      environment.readRewardParts(into: &partRoom)
    }
    if runningCount < size.episodes { padEndedEpisodes(of: &batch, time: time) }
    recordEnds(in: &batch)
    try requireFinite(batch.observations.span.extracting(nextObservations), .observation, time: time, at: address)
    try requireFinite(batch.rewards.span.extracting(rewards), .reward, time: time, at: address)
  }

  /// Overwrites the environment's output at time step `time` for the episodes that had ended before.
  private func padEndedEpisodes(of batch: inout EpisodeBatch, time: Int) {
    for episode in 0..<size.episodes where !isRunning[episode] {
      let step = time * size.episodes + episode
      batch.mask[step] = 0
      batch.rewards[step] = 0
      for part in 0..<size.rewardPartCount { batch.rewardParts[step * size.rewardPartCount + part] = 0 }
      for index in 0..<size.observationSize {
        batch.observations[(step + size.episodes) * size.observationSize + index] =
          batch.observations[step * size.observationSize + index]
      }
    }
  }

  /// Records which episodes end at this time step, and clears `ends`, since an environment may write only the rows whose
  /// episodes end.
  private func recordEnds(in batch: inout EpisodeBatch) {
    guard ends.contains(where: { !$0.isEmpty }) else { return }
    for episode in 0..<size.episodes where !ends[episode].isEmpty {
      if isRunning[episode] {
        batch.ends[episode] = ends[episode]
        isRunning[episode] = false
        runningCount -= 1
      }
      ends[episode] = []
    }
  }

  /// The range of time step `time` in a time-major buffer of `width` elements for each episode.
  private func rowRange(_ time: Int, width: Int) -> Range<Int> {
    let count = size.episodes * width
    return time * count..<(time + 1) * count
  }

  /// - Parameter values: `[episodes, ...]`.
  private func requireFinite(
    _ values: Span<Float>, _ quantity: NonFiniteValueError.Quantity, time: Int, at address: RandomAddress
  ) throws(NonFiniteValueError) {
    if Float.kernels(.current).haveFiniteSum(values) { return }
    for index in 0..<values.count where !values[index].isFinite {
      let row = index / (values.count / size.episodes)
      throw NonFiniteValueError(
        quantity: quantity, iteration: Int(address.iteration), adaptationStep: Int(address.adaptationStep),
        task: Int(address.task), episode: Int(address.episode) + row, timeStep: time,
        cause: environment.fault(ofRow: row))
    }
  }
}

extension Array {
  /// Calls `body` with the elements at `range`, to write in place.
  fileprivate mutating func withMutableSpan(
    of range: Range<Int>, _ body: (inout MutableSpan<Element>) -> Void
  ) {
    withUnsafeMutableBufferPointer { buffer in
      let part = UnsafeMutableBufferPointer(rebasing: buffer[range])
      var span = unsafe part.mutableSpan
      body(&span)
    }
  }
}
