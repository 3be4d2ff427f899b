import NeuralNetworks
public import TensorCore

/// The numbers and choices that algorithms are made with.
public struct InnerLoopSettings: Hashable, Sendable {
  /// The inner learning rate alpha.
  public var rate: Double
  /// The weight lambda of an L1 norm, for the algorithms that have one.
  public var l1Strength: Double
  /// What makes the inner steps, for the algorithms that leave it open.
  public var optimizer: Optimizer
  /// How the outer loss is differentiated, for the algorithms that leave it open; the algorithm's own where nil.
  public var differentiation: Differentiation?
  /// What recovers a sparse layer.
  public var recovery = SparseRecovery()
  /// The strength lambda of a proximal term.
  public var regularization = 2.0
  /// Whether that strength is learned.
  public var learnsRegularization = false
  /// The solver of an implicit meta-gradient.
  public var implicitSolver = ConjugateGradient(maximumSteps: 5)
  /// How Hessian-free steps are searched for.
  public var search = HessianFreeSearch(direction: ConjugateGradient(maximumSteps: 5))
  /// Layers of a fully connected meta-optimizer.
  public var metaOptimizerLayers: Int
  /// Columns of a low-rank meta-optimizer's factor.
  public var metaOptimizerRank: Int

  /// A rule for inner steps.
  public enum Optimizer: String, CaseIterable, Sendable {
    case gradientDescent = "sgd"
    case adam
  }

  /// A way to differentiate through inner steps.
  public enum Differentiation: String, CaseIterable, Sendable {
    case direct, unrolled, implicit
  }

  /// Creates settings.
  public init(
    rate: Double, l1Strength: Double = 0, optimizer: Optimizer = .gradientDescent, metaOptimizerLayers: Int = 2,
    metaOptimizerRank: Int = 10
  ) {
    self.rate = rate
    self.l1Strength = l1Strength
    self.optimizer = optimizer
    self.metaOptimizerLayers = metaOptimizerLayers
    self.metaOptimizerRank = metaOptimizerRank
  }

  /// The meta-gradient that `differentiation` asks for, or `standard`.
  func metaGradient(standard: Differentiation) -> MetaGradient {
    switch differentiation ?? standard {
    case .direct, .unrolled: .differentiated
    case .implicit: .implicit(implicitSolver)
    }
  }

  /// How gradients pass through the phase that `differentiation`, or `standard`, is about.
  func gradients(standard: Differentiation) -> Phase.Gradients {
    (differentiation ?? standard) == .unrolled ? .unrolled : .stopped
  }
}

/// How the sparse layer of a task is recovered (MLSR, section 3).
public struct SparseRecovery: Hashable, Sendable {
  /// A method of recovery.
  public enum Method: String, CaseIterable, Sendable {
    /// Iterative soft thresholding.
    case softThresholding = "ista"
    /// Soft thresholding with momentum.
    case accelerated = "fista"
    /// Subgradient descent on the loss and its L1 norm.
    case subgradient
    /// Iterative hard thresholding.
    case hardThresholding = "hard-threshold"
    /// Least absolute deviations, for examples of which a few are wild.
    case absoluteDeviation = "mae"
  }

  /// The method.
  public var method = Method.softThresholding
  /// Where the recovered layer begins.
  public var origin = Adaptation.Origin.learned
  /// The weights that a unit keeps under a hard threshold.
  public var keptWeights = 10
  /// The weight rho of half the squared L2 norm of the recovered layer under an implicit meta-gradient.
  ///
  /// Where a support has more weights than there are examples, the Hessian of the loss on it is singular and the minimum
  /// not one point: nothing could be differentiated. The ridge makes the minimum one point that moves smoothly.
  public var ridge = 0.0
  /// What the step size of a subgradient method is multiplied by after each step.
  public var decay = 1.0
  /// The step size where recovery is not the whole inner loop.
  public var rate = 3.0
  /// The number of steps where recovery is not the whole inner loop.
  public var steps = 1

  /// Creates the settings of the plainest recovery.
  public init() {}

  /// What the recovery minimizes.
  var objective: Adaptation.Objective { method == .absoluteDeviation ? .absoluteDeviation : .taskLoss }

  /// One step.
  func rule(rate: Double, strength: Double, ridge: Double = 0) -> any UpdateRule {
    switch method {
    case .softThresholding: SoftThresholdingStep(rate: rate, strength: strength, ridge: ridge)
    case .accelerated: AcceleratedThresholdingStep(rate: rate, strength: strength, ridge: ridge)
    case .subgradient: SubgradientStep(rate: rate, strength: strength, decay: decay)
    case .hardThresholding: HardThresholdingStep(rate: rate, kept: keptWeights, ridge: ridge)
    case .absoluteDeviation: SubgradientStep(rate: rate, decay: decay)
    }
  }
}
