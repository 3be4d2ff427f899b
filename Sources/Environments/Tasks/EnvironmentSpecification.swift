/// The description of an environment's observations, actions and rewards, as data: the layout of its buffers.
public struct EnvironmentSpecification: Hashable, Sendable {
  /// The name of the environment.
  public var name: String
  /// One entry for each element of an observation, in order.
  public var observations: [Observation]
  /// The actions that the environment takes.
  public var actionSpace: ActionSpace
  /// The names of the parts whose sum is a reward, in the order of `readRewardParts`.
  public var rewardParts: [String]
  /// The number of steps of an episode, after which it is truncated.
  public var horizon: Int
  /// The duration of one step, in seconds; 1 where steps have no duration.
  public var secondsPerStep: Double
  /// Whether steps have a duration.
  public var hasDuration = true

  /// The description of an element of an observation.
  public struct Observation: Hashable, Sendable {
    /// The name of the measured quantity, such as `velocity of bthigh`.
    public var name: String
    /// The joint that is measured; empty where the environment is not a robot.
    public var joint: String
    /// The SI unit of the element: m, rad, m/s or rad/s.
    public var unit: String
    /// The factor by which a policy multiplies the element, so that elements of very different magnitude learn at the same
    /// rate.
    public var scale: Double
    /// The magnitude to which the element is clipped, in `unit`; infinite where it is not.
    public var bound: Double

    /// Creates the description of an observed element.
    public init(name: String, joint: String = "", unit: String, scale: Double = 1, bound: Double = .infinity) {
      (self.name, self.joint, self.unit, self.scale, self.bound) = (name, joint, unit, scale, bound)
    }
  }

  /// The description of an element of an action.
  public struct Action: Hashable, Sendable {
    /// The name of the exerted quantity, such as `torque of bthigh`.
    public var name: String
    /// The joint that is driven; empty where the environment is not a robot.
    public var joint: String
    /// The quantity that an action of 1 exerts, in `unit`.
    public var scale: Double
    /// The unit of `scale`.
    public var unit: String
    /// The bounds to which actions are clipped.
    public var bounds: ClosedRange<Double>

    /// Creates the description of an element of an action.
    public init(name: String, joint: String = "", scale: Double, unit: String, bounds: ClosedRange<Double> = -1...1) {
      (self.name, self.joint, self.scale, self.unit, self.bounds) = (name, joint, scale, unit, bounds)
    }
  }

  /// Creates the description of an environment whose actions are vectors.
  /// - Parameters:
  ///   - name: the name of the environment.
  ///   - observations: what is observed, in order.
  ///   - actions: the numbers of an action, in order.
  ///   - rewardParts: the names of the terms of the reward.
  ///   - horizon: the number of steps after which an episode is cut off.
  ///   - secondsPerStep: the duration of one step; nil where steps have none.
  public init(
    name: String, observations: [Observation], actions: [Action], rewardParts: [String], horizon: Int,
    secondsPerStep: Double? = nil
  ) {
    self.init(
      name: name, observations: observations, actionSpace: .continuous(actions), rewardParts: rewardParts,
      horizon: horizon, secondsPerStep: secondsPerStep)
  }

  /// Creates the description of an environment whose actions are choices, with their names.
  /// - Parameters:
  ///   - name: the name of the environment.
  ///   - observations: what is observed, in order.
  ///   - choices: the names of the choices.
  ///   - rewardParts: the names of the terms of the reward.
  ///   - horizon: the number of steps after which an episode is cut off.
  ///   - secondsPerStep: the duration of one step; nil where steps have none.
  public init(
    name: String, observations: [Observation], choices: [String], rewardParts: [String], horizon: Int,
    secondsPerStep: Double? = nil
  ) {
    self.init(
      name: name, observations: observations, actionSpace: .discrete(choices), rewardParts: rewardParts,
      horizon: horizon, secondsPerStep: secondsPerStep)
  }

  private init(
    name: String, observations: [Observation], actionSpace: ActionSpace, rewardParts: [String], horizon: Int,
    secondsPerStep: Double?
  ) {
    let (duration, seconds) = (secondsPerStep != nil, secondsPerStep ?? 1)
    precondition(horizon > 0 && seconds > 0, "no episode has \(horizon) steps of \(seconds) s")
    self.name = name
    self.observations = observations
    self.actionSpace = actionSpace
    self.rewardParts = rewardParts
    self.horizon = horizon
    self.secondsPerStep = seconds
    hasDuration = duration
  }

  /// One entry for each element of an action, in order; none where actions are choices.
  public var actions: [Action] {
    guard case .continuous(let actions) = actionSpace else { return [] }
    return actions
  }

  /// The number of choices; 0 where actions are vectors.
  public var choiceCount: Int {
    guard case .discrete(let choices) = actionSpace else { return 0 }
    return choices.count
  }

  /// The index of the choice that an action is.
  func choice(_ action: Float) -> Int {
    precondition(
      action >= 0 && action < Float(choiceCount) && action == action.rounded(),
      "action \(action) is not the index of one of \(choiceCount) choices")
    return Int(action)
  }
}
