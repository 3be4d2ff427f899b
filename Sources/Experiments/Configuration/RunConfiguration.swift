import Foundation
public import Environments
public import MetaLearning
public import NeuralNetworks
public import PolicyLearning
import TensorCore
import Workers

/// Everything that a run depends on: one value, validated once where it enters the program.
///
/// Each property is one entry of `ConfigurationKey.policies`, `.supervised`, `.images` or several, which give it its
/// name, unit, range and comment; the values here are the defaults of policies.
public struct RunConfiguration: Equatable, Sendable {
  /// How the parameters are moved outside.
  public enum OuterOptimizer: String, CaseIterable, Sendable { case adam, sgd }
  /// How the tasks of a meta-iteration are chosen.
  public enum TaskSampling: String, CaseIterable, Sendable { case balanced, random }

  /// What a supervised model is.
  public enum SupervisedNetwork: String, CaseIterable, Sendable { case mlp, linnet, convolutional }
  /// What an evaluation normalises the channels of a convolutional model by.
  public enum Normalization: String, CaseIterable, Sendable { case batch, running }
  /// How the outer loss is differentiated, where the algorithm leaves it open.
  public enum Differentiation: String, CaseIterable, Sendable {
    /// The algorithm's own way.
    case own
    case direct, unrolled, implicit
  }

  /// How the weights of a supervised model start.
  public enum WeightInitializer: String, CaseIterable, Sendable {
    case truncatedNormal = "truncated-normal"
    case xavier, he
  }

  /// The kind of the task family: not a key, it follows from the task.
  public internal(set) var taskKind = TaskKind.policy
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
  /// Classes of a task of images.
  public var ways = 5
  /// Examples of a task that it adapts to, of images: of each class.
  public var shots = 10
  /// Examples of a task that its adaptation is judged by, of images: of each class.
  public var queries = 10
  /// How the tasks of a meta-iteration are chosen.
  public var taskSampling = TaskSampling.balanced
  /// Weight of a reward one action later.
  public var discount = 0.99

  /// Step size of an inner gradient step.
  public var innerRate = 3.0
  /// Inner updates on a task.
  public var innerSteps = 1
  /// What makes the inner updates, where the algorithm leaves it open.
  public var innerOptimizer = InnerLoopSettings.Optimizer.gradientDescent
  /// Inner policy-gradient loss.
  public var surrogate = PolicySurrogate.lowVariance
  /// How fast DiCE forgets earlier actions; 1 is exact.
  public var pastDecay = 1.0
  /// Weight of the L1 norm of the adapted parameters.
  public var l1Strength = 0.0
  /// What a task adapts: `own`, `all`, `hidden`, `output`, or names of layers.
  public var adapted = ["own"]
  /// How the outer loss is differentiated through the adaptation.
  public var metaGradient = Differentiation.own

  /// How a sparse layer is recovered.
  public var recovery = SparseRecovery.Method.softThresholding
  /// Where the recovered layer begins.
  public var recoveryStart = Adaptation.Origin.learned
  /// Weights that each output keeps under a hard threshold.
  public var recoverySparsity = 10
  /// Weight of half the squared L2 norm of a recovered layer under an implicit meta-gradient.
  public var recoveryRidge = 0.1
  /// What the step size of a subgradient recovery is multiplied by after each step.
  public var recoveryDecay = 1.0
  /// Step size of a recovery that is not the whole adaptation.
  public var recoveryRate = 3.0
  /// Steps of a recovery that is not the whole adaptation.
  public var recoverySteps = 1

  /// Strength lambda of the proximal term.
  public var regularization = 2.0
  /// Whether that strength is a meta-parameter.
  public var learnRegularization = false
  /// Largest number of conjugate-gradient steps of an implicit meta-gradient.
  public var conjugateGradientSteps = 5
  /// Residual, relative to the right-hand side, at which they stop.
  public var conjugateGradientTolerance = 0.0
  /// Conjugate-gradient steps for the direction of a Hessian-free step.
  public var directionSteps = 5
  /// Lengths of a Hessian-free step that are tried.
  public var lineSearchTrials = 10

  /// Kronecker products of kfc's meta-optimizer.
  public var metaOptimizerLayers = 2
  /// Columns of low-rank's meta-optimizer.
  public var metaOptimizerRank = 10

  /// What a supervised model is.
  public var network = SupervisedNetwork.mlp
  /// Blocks of a convolutional model.
  public var blocks = 4
  /// Filters of each block.
  public var filters = 64
  /// Side of the squares of which a block keeps the largest element; 0 for convolutions two pixels apart.
  public var pooling = 0
  /// What the output layer of a convolutional model sees.
  public var features = ConvolutionalNetwork.Features.mean
  /// What an evaluation normalises the channels of a convolutional model by.
  public var normalization = Normalization.batch
  /// Units of each hidden layer.
  public var hiddenSizes = [64, 64]
  /// Function after each hidden layer.
  public var activation = Activation.tanh
  /// Weights of a supervised model at first.
  public var initializer = WeightInitializer.truncatedNormal
  /// What velocities are multiplied by before the policy sees them.
  public var velocityScale = 0.05
  /// Standard deviation of the actions of a new policy.
  public var initialStandardDeviation = 1.0

  /// Optimizer of the meta-update.
  public var outerOptimizer = OuterOptimizer.adam
  /// Step size of the outer optimizer.
  public var outerRate = 0.01
  /// What the outer rate has fallen to after `outerRateIterations`, in equal steps.
  public var outerRateFinal = 0.001
  /// Iterations over which the outer rate falls.
  public var outerRateIterations = 300
  /// Largest global norm of one task's meta-gradient; 0 for none.
  public var taskGradientClip = 1.0
  /// Largest global norm of the meta-gradient; 0 for none.
  public var gradientClip = 0.5

  /// What is subtracted from returns.
  public var baseline = BaselineKind.linear
  /// Decay of generalised advantage estimation; 1 is the return less the baseline.
  public var advantageDecay = 0.9
  /// Whether advantages get mean 0 and standard deviation 1 within a task.
  public var normalizeAdvantages = true

  /// Weight of the squared action in the reward.
  public var controlCost = 0.05
  /// Engine that moves bodies.
  public var physics = PhysicsKind.box2d
  /// Sweeps of the engine's solver in a physics step; 0 for the engine's own number.
  public var solverSweeps = 0
  /// Absolute path of a robot in planar MJCF; empty for the task's own.
  public var model = ""

  /// Absolute path of the folder of the data sets; empty for where they usually are.
  public var data = ""

  /// Meta-iterations between checkpoints.
  public var checkpointInterval = 10
  /// Whether to compute by kernels that have the same bits on every processor.
  public var deterministicKernels = false
  /// Threads; 0 for one a processor core.
  public var workers = 0

  /// The defaults, before any algorithm's own, file or flag.
  public init() {}
}

extension RunConfiguration {
  /// The threads to use: one a processor core where none were asked for.
  var workerCount: Int { workers > 0 ? workers : ProcessInfo.processInfo.activeProcessorCount }

  /// The kernels that the run asks for.
  var kernels: KernelChoice { deterministicKernels ? .deterministic : .fastest }

  /// The workers of the run, whose jobs compute by its kernels.
  func makeWorkerPool() -> WorkerPool {
    WorkerPool(count: workerCount) { [kernels] job in try kernels.computing(job) }
  }
}
