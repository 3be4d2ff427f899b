/// The settings of a locomotion environment. The defaults are those of HalfCheetah-v5, except for the control cost's
/// weight and the horizon, which are those of the half-cheetah with directions.
public struct LocomotionSettings: Hashable, Sendable {
  /// The weight of the squared action in the reward.
  public var controlCostWeight = 0.05
  /// The number of steps of an episode.
  public var horizon = 100
  /// The number of physics steps of one action.
  public var physicsStepsPerAction = 5
  /// The number of sweeps of the engine's solver over all constraints in a physics step; 0 for the engine's default.
  public var solverSweeps = 0
  /// Half the width of the uniform noise on the initial positions, in metres and radians.
  public var resetPositionNoise = 0.1
  /// The standard deviation of the normal noise on the initial velocities, in metres and radians a second.
  public var resetVelocityNoise = 0.1
  /// Whether the noise on the initial velocities is uniform instead, of twice that width, as in MuJoCo's hopper and walker.
  public var isVelocityNoiseUniform = false
  /// The factor by which a policy multiplies observed velocities, which are several times as large as positions and
  /// angles.
  public var velocityScale = 0.05

  /// The magnitude to which observed velocities are clipped.
  public var observedVelocities = Double.infinity
  /// The factor of actions before motors, and their cost, take them.
  public var actionFactor = 1.0
  /// Whether the noise on the initial positions is normal instead, with that deviation.
  public var isPositionNoiseNormal = false

  /// Creates the default settings.
  public init() {}

  /// Takes the first positions and the control step of rllab's environments, on which MAML's code runs.
  mutating func startAndStepAsRLLab() {
    physicsStepsPerAction = 1
    (isPositionNoiseNormal, resetPositionNoise) = (true, 0.01)
  }

  /// Takes the range of actions of ProMP's code, whose wrapper maps +-10 to what the motors take.
  mutating func scaleActionsAsProMP() { actionFactor = 0.1 }

  /// Throws an error for the first setting that is out of its bounds.
  public func validate() throws(SettingError) {
    try Self.check("control cost weight", controlCostWeight, in: 0...1e6)
    try Self.check("horizon", Double(horizon), in: 1...100_000)
    try Self.check("physics steps per action", Double(physicsStepsPerAction), in: 1...1000)
    try Self.check("solver sweeps", Double(solverSweeps), in: 0...1000)
    try Self.check("reset position noise", resetPositionNoise, in: 0...1)
    try Self.check("reset velocity noise", resetVelocityNoise, in: 0...100)
    try Self.check("velocity scale", velocityScale, in: 0...100)
  }

  private static func check(
    _ name: String, _ value: Double, in bounds: ClosedRange<Double>
  ) throws(SettingError) {
    guard bounds.contains(value) else { throw SettingError(name: name, value: value, bounds: bounds) }
  }
}

/// An error for a setting that is out of its bounds.
public struct SettingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The name of the setting.
  public var name: String
  /// The value that was given.
  public var value: Double
  /// The allowed values.
  public var bounds: ClosedRange<Double>

  /// The error as one line.
  public var description: String {
    "\(name): expected \(bounds.lowerBound) to \(bounds.upperBound), found \(value)"
  }
}
