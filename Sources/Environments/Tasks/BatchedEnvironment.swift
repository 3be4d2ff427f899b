public import RandomStreams

/// Many episodes of one task side by side. Each is a row of a batch, and all rows advance in lockstep.
///
/// Buffers are flat and row-major and belong to the caller: observations [count, observations], actions [count, actionSize],
/// rewards and ends [count]. Stepping allocates nothing. A row depends on its address, its task and its actions alone: its
/// bits are the same whatever else is in the batch. Only one thread at a time may use an environment.
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

  /// Advances every row by one step. Actions are clipped to [-1, 1] and must not be NaN; choices are the indices of what is
  /// chosen.
  ///
  /// Every row of `observations` and `rewards` is written. `ends` is empty in every row before the step, so that an
  /// environment need write only the rows whose episodes end. Random numbers of a step must come from a stream of the row
  /// that `reset` made from its address, so that an episode does not depend on the other rows.
  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>)

  /// Writes the parts of the last step's rewards, [count, rewardParts]. The parts of a row sum to its reward.
  func readRewardParts(into parts: inout MutableSpan<Float>)

  /// The reason why the observations of a row are not finite, where the environment knows it; nil otherwise.
  func fault(ofRow row: Int) -> String?
}

extension BatchedEnvironment {
  public func fault(ofRow row: Int) -> String? { nil }
}

/// An environment in which single rows can start anew while the others go on, as vector environments do that never wait for
/// their slowest row.
public protocol RestartableEnvironment: BatchedEnvironment {
  /// Starts a new episode of a row's task of the last reset in some rows.
  ///
  /// Every row of `observations` is written: those of rows that go on are as after their last step.
  /// - Parameters:
  ///   - rows: the rows that start anew, each at most once.
  ///   - addresses: the address of the random numbers of each of these rows, with the purpose `.environmentReset`. A row
  ///     starts as that row does which `reset` starts from the same address.
  ///   - observations: receives the observations of all rows, row-major `[rows, observationSize]`.
  func restart(rows: [Int], at addresses: [RandomAddress], observations: inout MutableSpan<Float>)
}

/// An environment whose rows may each have a task of its own.
public protocol RowTaskEnvironment: RestartableEnvironment {
  /// Whether rows may have different tasks. They may not where a task is a body, which all rows of an engine share.
  var takesTasksByRow: Bool { get }

  /// Starts an episode of a task of its own in every row and writes the first observations. `restart` keeps the tasks.
  ///
  /// A row starts as it does by `reset(task:at:observations:)` with its task.
  /// - Parameters:
  ///   - tasks: the task of each row.
  ///   - address: the address of the random numbers of all rows, with the purpose `.environmentReset`.
  ///   - observations: receives the observations of all rows, row-major `[rows, observationSize]`.
  func reset(tasks: [EnvironmentTask], at address: RandomAddress, observations: inout MutableSpan<Float>)
}

extension RowTaskEnvironment {
  /// True, which is the default.
  public var takesTasksByRow: Bool { true }

  /// Starts an episode of one task in every row.
  public func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    reset(tasks: Array(repeating: task, count: count), at: address, observations: &observations)
  }
}

/// An environment whose rows are robots.
public protocol RobotEnvironment: BatchedEnvironment {
  /// Reads the state of a row, for tests and images.
  func state(ofRow row: Int) -> RobotState
}

/// The reasons why an episode has ended. Both may hold at once; the set is empty while the episode goes on.
public struct EpisodeEnd: OptionSet, Hashable, Sendable {
  /// The set as bits.
  public let rawValue: UInt8

  /// Creates the set of these bits.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The task ended: there is no next state, and its value is zero.
  public static let terminated = EpisodeEnd(rawValue: 1)
  /// The horizon was reached: the episode would have gone on.
  public static let truncated = EpisodeEnd(rawValue: 2)
}
