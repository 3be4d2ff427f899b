public import RandomStreams

/// Many episodes of one task side by side: a row of a batch each, advanced in lockstep.
///
/// Buffers are flat, row by row, and belong to the caller: observations [count, observations], actions [count, actions],
/// rewards and ends [count]. Stepping allocates nothing. A row's numbers depend on its address, its task and its actions
/// alone: the same bits whatever else is in the batch. One thread at a time uses an environment.
public protocol BatchedEnvironment: AnyObject {
  /// The layout of the buffers.
  var specification: EnvironmentSpecification { get }
  /// The number of rows.
  var count: Int { get }

  /// Starts an episode of `task` in every row and writes the first observations.
  ///
  /// Row r starts from the random numbers at `address` with r added to its episode; the address's purpose is
  /// `.environmentReset`.
  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>)

  /// Advances every row by one step. Actions are clipped to [-1, 1] and must be numbers.
  ///
  /// Every row of `observations` and `rewards` is written. `ends` is empty in every row before the step, so that only the
  /// rows whose episodes end need be written. A random number of a step comes from a stream of the row that `reset` has made
  /// from its address, so that an episode is the same whatever runs beside it.
  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>)

  /// Writes the parts of the last step's rewards: [count, rewardParts]. A row's parts add up to its reward.
  func readRewardParts(into parts: inout MutableSpan<Float>)

  /// Says why the observations of a row are not finite, where the environment knows; nil otherwise.
  func fault(ofRow row: Int) -> String?
}

extension BatchedEnvironment {
  public func fault(ofRow row: Int) -> String? { nil }
}

/// An environment whose rows are robots.
public protocol RobotEnvironment: BatchedEnvironment {
  /// Reads the state of a row, for tests and pictures.
  func state(ofRow row: Int) -> RobotState
}

/// Whether and why an episode is over. Both may hold at once; neither while it goes on.
public struct EpisodeEnd: OptionSet, Hashable, Sendable {
  /// The set as bits.
  public let rawValue: UInt8

  /// The set of these bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The task came to its end: nothing follows, the value of what would is zero.
  public static let terminated = EpisodeEnd(rawValue: 1)
  /// The horizon was reached: the episode would have gone on.
  public static let truncated = EpisodeEnd(rawValue: 2)
}
