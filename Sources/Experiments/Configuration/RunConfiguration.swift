/// Everything that a run depends on: one value, validated once where it enters the program.
///
/// Each property is one entry of `ConfigurationKey.all`, which gives it its name, unit, range and comment; the values
/// here are the defaults.
public struct RunConfiguration: Equatable, Sendable {
  /// How the parameters are moved outside.
  public enum OuterOptimizer: String, CaseIterable, Sendable { case adam, sgd }
  /// The inner loss whose gradient adapts a policy.
  public enum Surrogate: String, CaseIterable, Sendable { case dice, lvc, naive }
  /// What is subtracted from returns.
  public enum Baseline: String, CaseIterable, Sendable { case linear, network }
  /// The function between layers.
  public enum Activation: String, CaseIterable, Sendable { case tanh, relu, sigmoid, softplus }
  /// The engine that moves bodies.
  public enum Physics: String, CaseIterable, Sendable { case box2d, lanes }

  public var task = ""
  public var algorithm = "maml"
  public var seed = 1
  public var iterations = 300

  public var metaBatchSize = 20
  public var episodes = 40
  public var horizon = 100
  public var discount = 0.99

  public var innerRate = 0.1
  public var innerSteps = 1
  public var surrogate = Surrogate.dice
  public var l1Strength = 0.0
  public var sparseRecoverySteps = 10
  public var sparseRecoveryRate = 0.1

  public var hiddenSizes = [64, 64]
  public var activation = Activation.tanh
  public var initialStandardDeviation = 1.0

  public var outerOptimizer = OuterOptimizer.adam
  public var outerRate = 0.001
  public var gradientClip = 1.0

  public var baseline = Baseline.linear
  public var normalizeAdvantages = true

  public var controlCost = 0.05
  public var physics = Physics.box2d
  public var model = ""

  public var checkpointInterval = 10
  public var workers = 0

  /// The defaults, before any algorithm's own, file or flag.
  public init() {}
}
