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

  /// Name of the task family.
  public var task = ""
  /// Name of the meta-learning algorithm.
  public var algorithm = "maml"
  /// Seed of every random number.
  public var seed = 1
  /// Meta-iterations.
  public var iterations = 300

  /// Tasks in a meta-iteration.
  public var metaBatchSize = 20
  /// Episodes of a task at each sampling.
  public var episodes = 40
  /// Actions in an episode.
  public var horizon = 100
  /// Weight of a reward one action later.
  public var discount = 0.99

  /// Step size of an inner gradient step.
  public var innerRate = 0.1
  /// Inner updates on a task.
  public var innerSteps = 1
  /// Inner policy-gradient loss.
  public var surrogate = Surrogate.dice
  /// Weight of the L1 norm of the adapted parameters.
  public var l1Strength = 0.0
  /// Proximal gradient steps in an inner update by sparse recovery.
  public var sparseRecoverySteps = 10
  /// Step size of a proximal gradient step.
  public var sparseRecoveryRate = 0.1

  /// Units of each hidden layer.
  public var hiddenSizes = [64, 64]
  /// Function after each hidden layer.
  public var activation = Activation.tanh
  /// Standard deviation of the actions of a new policy.
  public var initialStandardDeviation = 1.0

  /// Optimizer of the meta-update.
  public var outerOptimizer = OuterOptimizer.adam
  /// Step size of the outer optimizer.
  public var outerRate = 0.001
  /// Largest global norm of the meta-gradient; 0 for none.
  public var gradientClip = 1.0

  /// What is subtracted from returns.
  public var baseline = Baseline.linear
  /// Whether advantages get mean 0 and standard deviation 1 within a task.
  public var normalizeAdvantages = true

  /// Weight of the squared action in the reward.
  public var controlCost = 0.05
  /// Engine that moves bodies.
  public var physics = Physics.box2d
  /// Absolute path of a robot in planar MJCF; empty for the task's own.
  public var model = ""

  /// Meta-iterations between checkpoints.
  public var checkpointInterval = 10
  /// Threads; 0 for one a processor core.
  public var workers = 0

  /// The defaults, before any algorithm's own, file or flag.
  public init() {}
}
