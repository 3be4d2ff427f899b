/// What an environment shows and takes, as data: the layout of its buffers.
public struct EnvironmentSpecification: Hashable, Sendable {
  /// The name of the environment.
  public var name: String
  /// One entry for each number of an observation, in order.
  public var observations: [Observation]
  /// One entry for each number of an action, in order.
  public var actions: [Action]
  /// The parts that a reward is the sum of, in the order of `readRewardParts`.
  public var rewardParts: [String]
  /// Steps of an episode, after which it is truncated.
  public var horizon: Int
  /// Seconds of one step.
  public var secondsPerStep: Double

  /// A number of an observation.
  public struct Observation: Hashable, Sendable {
    /// What is measured, as `velocity of bthigh`.
    public var name: String
    /// The joint that is measured; empty where the environment is not a robot.
    public var joint: String
    /// In SI units: m, rad, m/s or rad/s.
    public var unit: String
    /// What a policy multiplies the number by, so that numbers of very different size learn at the same rate.
    public var scale: Double

    /// Creates an entry.
    public init(name: String, joint: String = "", unit: String, scale: Double = 1) {
      (self.name, self.joint, self.unit, self.scale) = (name, joint, unit, scale)
    }
  }

  /// A number of an action. Actions are clipped to [-1, 1].
  public struct Action: Hashable, Sendable {
    /// What is exerted, as `torque of bthigh`.
    public var name: String
    /// The joint that is driven; empty where the environment is not a robot.
    public var joint: String
    /// What an action of 1 exerts, in `unit`.
    public var scale: Double
    /// The unit of `scale`.
    public var unit: String

    /// Creates an entry.
    public init(name: String, joint: String = "", scale: Double, unit: String) {
      (self.name, self.joint, self.scale, self.unit) = (name, joint, scale, unit)
    }
  }

  /// Creates a description.
  public init(
    name: String, observations: [Observation], actions: [Action], rewardParts: [String], horizon: Int,
    secondsPerStep: Double
  ) {
    precondition(horizon > 0 && secondsPerStep > 0, "no episode has \(horizon) steps of \(secondsPerStep) s")
    self.name = name
    self.observations = observations
    self.actions = actions
    self.rewardParts = rewardParts
    self.horizon = horizon
    self.secondsPerStep = secondsPerStep
  }
}
