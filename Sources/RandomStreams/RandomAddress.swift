/// The place in an experiment where a random number is used. Every number of a run has one address, and so the same value
/// whichever worker draws it, in whichever order, before or after a resume.
public struct RandomAddress: Hashable, Sendable {
  /// The purpose of random numbers. Raw values are part of the format of a run: they never change, and new ones are
  /// appended.
  public enum Purpose: UInt32, Sendable {
    /// The weights that training starts from.
    case initialization = 1
    /// The tasks of training, with their examples.
    case taskSampling = 2
    /// The states in which episodes start.
    case environmentReset = 3
    /// The noise of a policy's actions.
    case actionNoise = 4
    /// The random numbers of a baseline's fit.
    case baseline = 5
    /// The tasks of an evaluation, with their examples.
    case evaluationTasks = 6
    /// The inputs of benchmarks.
    case benchmark = 7
    /// The inputs of tests.
    case test = 8
    /// The random numbers that an update rule draws for each task (`UpdateRule.noise`).
    case adaptationNoise = 9
    /// The division of a data set's classes into training and held-out classes.
    case dataSplit = 10
    /// The resamples of a bootstrap interval.
    case bootstrap = 11
    /// The fixed sets of tasks of an environment, which are the same in every run.
    case taskSet = 12
    /// The random numbers of an evaluation's references, which play the tasks without a network.
    case reference = 13
    /// The cells that a search for architectures draws, and the start of its predictor.
    case architectureSearch = 20
  }

  /// The seed of the run.
  public var seed: UInt64
  /// The purpose of the random numbers.
  public var purpose: Purpose
  /// The meta-iteration, from 1; 0 outside training.
  public var iteration: UInt32
  /// The number of inner steps so far: 0 before adaptation. It is below `adaptationStepCount`.
  public var adaptationStep: UInt32
  /// The number of the task in its meta-batch or its evaluation, below 2^24.
  public var task: UInt32
  /// The number of the episode among the task's episodes.
  public var episode: UInt32
  /// The number of the time step in its episode, from 0, below 2^20.
  public var timeStep: UInt32

  /// The number of values that `adaptationStep` can have.
  public static let adaptationStepCount = 1 << 8
  /// The number of the first adaptation step of a second kind of episodes, where a task has two after each inner step.
  public static let secondEpisodes = adaptationStepCount / 2

  /// Creates an address; every number that is not given is 0.
  public init(
    seed: UInt64, purpose: Purpose, iteration: Int = 0, adaptationStep: Int = 0, task: Int = 0, episode: Int = 0,
    timeStep: Int = 0
  ) {
    precondition(
      adaptationStep < Self.adaptationStepCount,
      "adaptation step \(adaptationStep) of a random address is not below \(Self.adaptationStepCount)")
    precondition(task < 1 << 24, "task \(task) of a random address is not below 2^24")
    precondition(timeStep < 1 << 20, "time step \(timeStep) of a random address is not below 2^20")
    self.seed = seed
    self.purpose = purpose
    self.iteration = UInt32(iteration)
    self.adaptationStep = UInt32(adaptationStep)
    self.task = UInt32(task)
    self.episode = UInt32(episode)
    self.timeStep = UInt32(timeStep)
  }

  /// The key of Philox at this address. The purpose is mixed into it by an odd constant, so that no two purposes of one
  /// seed share a key.
  package var key: SIMD2<UInt32> {
    SIMD2(
      UInt32(truncatingIfNeeded: seed),
      UInt32(truncatingIfNeeded: seed >> 32) ^ (purpose.rawValue &* 0x9E37_79B1))
  }

  /// The counter of the address's first block of four words. The lower 12 bits of the last word number the blocks, of which
  /// an address has `blockCount`.
  package var counter: SIMD4<UInt32> { SIMD4(iteration, adaptationStep << 24 | task, episode, timeStep << 12) }

  /// The number of blocks of random bits before those of the next time step.
  package static let blockCount = 1 << 12

  /// The stream of random numbers that belongs to this address.
  public var stream: RandomStream { RandomStream(at: self) }
}
