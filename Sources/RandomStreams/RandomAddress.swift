/// Where in an experiment a random number is used: every number of a run has one address, and so the same value
/// whichever worker draws it, in whichever order, before or after a resume.
public struct RandomAddress: Hashable, Sendable {
  /// What the numbers are for. Raw values are part of the format of a run: they never change, new ones are appended.
  public enum Purpose: UInt32, Sendable {
    /// The weights that training starts from.
    case initialization = 1
    /// The tasks of training, with their examples.
    case taskSampling = 2
    /// The states in which episodes start.
    case environmentReset = 3
    /// The noise of a policy's actions.
    case actionNoise = 4
    /// What a baseline draws while it is fitted.
    case baseline = 5
    /// The tasks of an evaluation, with their examples.
    case evaluationTasks = 6
    /// The inputs of benchmarks.
    case benchmark = 7
    /// The inputs of tests.
    case test = 8
    /// What an update rule draws for each task (`UpdateRule.noise`).
    case adaptationNoise = 9
    /// Which classes of a data set are trained on, and which are held out.
    case dataSplit = 10
    /// The resamples of an interval.
    case bootstrap = 11
  }

  /// The seed of the run.
  public var seed: UInt64
  /// What the numbers are for.
  public var purpose: Purpose
  /// The meta-iteration, from 1; 0 outside training.
  public var iteration: UInt32
  /// 0 before adaptation, k after k inner steps. Below `adaptationStepCount`.
  public var adaptationStep: UInt32
  /// The task's number in its meta-batch or its evaluation. Below 2^24.
  public var task: UInt32
  /// The episode's number among the task's.
  public var episode: UInt32
  /// The time step in its episode, from 0. Below 2^20.
  public var timeStep: UInt32

  /// The number of values that `adaptationStep` can have.
  public static let adaptationStepCount = 1 << 8

  /// Creates an address; every number is 0 where it is not given.
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

  /// The stream of random numbers that belongs to this address.
  public var stream: RandomStream { RandomStream(at: self) }
}
