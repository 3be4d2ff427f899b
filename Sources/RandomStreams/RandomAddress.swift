/// Where in an experiment a random number is used: every number of a run has one address, and so the same value
/// whichever worker draws it, in whichever order, before or after a resume.
public struct RandomAddress: Hashable, Sendable {
  /// What the numbers are for. Raw values are part of the format of a run: they never change, new ones are appended.
  public enum Purpose: UInt32, Sendable {
    case initialization = 1
    case taskSampling = 2
    case environmentReset = 3
    case actionNoise = 4
    case baseline = 5
    case evaluationTasks = 6
    case benchmark = 7
    case test = 8
    case adaptationNoise = 9
    case dataSplit = 10
    case bootstrap = 11
  }

  public var seed: UInt64
  public var purpose: Purpose
  public var iteration: UInt32
  /// 0 before adaptation, k after k inner steps. Below 256.
  public var adaptationStep: UInt32
  /// Below 2^24.
  public var task: UInt32
  public var episode: UInt32
  /// Below 2^20.
  public var timeStep: UInt32

  public init(
    seed: UInt64, purpose: Purpose, iteration: Int = 0, adaptationStep: Int = 0, task: Int = 0, episode: Int = 0,
    timeStep: Int = 0
  ) {
    precondition(adaptationStep < 1 << 8, "adaptation step \(adaptationStep) of a random address is not below 256")
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
