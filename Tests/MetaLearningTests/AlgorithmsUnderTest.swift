import Parts
import MetaLearning
import NeuralNetworks
import TensorCore

/// The numbers and choices that tests make algorithms with, all in one place: each algorithm takes those that it has.
struct InnerLoopSettings {
  /// What recovers a sparse layer.
  struct Recovery {
    var method = SparseRecovery.Method.softThresholding
    var start = Adaptation.Start.learned
    var keptWeights = 10
    var ridge = 0.0
    var decay = 1.0
    var rate = 3.0
    var steps = 1
  }

  var rate: Double
  var l1Strength = 0.0
  var optimizer = Reptile.InnerOptimizer.gradientDescent
  var metaOptimizerLayers = 2
  var metaOptimizerRank = 10
  var differentiation: Differentiation?
  var recovery = Recovery()
  var regularization = 2.0
  var factors: [Double] = []
  var learnsRegularization = false
  var learnedForm = ProximalStep.LearnedStrength.scalar
  var momentum = 0.0
  var tolerance = 0.0
  var damping = ImplicitDamping()
  var truncation = 1
  var mask = MaskedGradientStep.Mask.hard
  var temperature = 1.0
  var logit = 0.0
  var implicitSolver = ConjugateGradient(maximumSteps: 5)
  var search = HessianFreeSearch(direction: ConjugateGradient(maximumSteps: 5))

  fileprivate var solver: ConjugateGradientSettings {
    ConjugateGradientSettings(steps: implicitSolver.maximumSteps, tolerance: implicitSolver.relativeTolerance)
  }

  fileprivate var sparseRecovery: SparseRecovery {
    var recovery = SparseRecovery()
    recovery.method = self.recovery.method
    recovery.strength = l1Strength
    recovery.start = self.recovery.start
    recovery.keptWeights = self.recovery.keptWeights
    recovery.decay = self.recovery.decay
    return recovery
  }

  fileprivate var proximal: ProximalSettings {
    var proximal = ProximalSettings()
    proximal.regularization = regularization
    proximal.factors = factors
    proximal.learnsRegularization = learnsRegularization
    proximal.learnedForm = learnedForm
    proximal.damping = damping
    proximal.differentiation = differentiation ?? .own
    proximal.solver = solver
    return proximal
  }

  /// The algorithms made with these, by name.
  var algorithms: [any MetaAlgorithm] {
    var (fomaml, reptile, anil, l1) = (FOMAML(), Reptile(), ANIL(), L1MAML())
    (fomaml.rate, reptile.rate, anil.rate, l1.rate) = (rate, rate, rate, rate)
    (reptile.optimizer, l1.strength) = (optimizer, l1Strength)
    var (mlsr, triLevel) = (MLSR(), MLSRMAML())
    (mlsr.rate, triLevel.rate) = (rate, rate)
    (mlsr.recovery, triLevel.recovery) = (sparseRecovery, sparseRecovery)
    (mlsr.differentiation, triLevel.differentiation) = (differentiation ?? .own, differentiation ?? .own)
    (mlsr.ridge, mlsr.solver) = (recovery.ridge, solver)
    (triLevel.recoveryRate, triLevel.recoverySteps) = (recovery.rate, recovery.steps)
    var (imaml, hessianFree) = (IMAML(), HessianFreeIMAML())
    (imaml.rate, imaml.proximal, hessianFree.proximal) = (rate, proximal, proximal)
    (imaml.momentum, imaml.tolerance, imaml.truncation) = (momentum, tolerance, truncation)
    (hessianFree.directionSteps, hessianFree.trials) = (search.direction.maximumSteps, search.trials)
    var (metaSGD, curvature, klin, kfc, lowRank) = (MetaSGD(), MetaCurvature(), KLin(), KFC(), LowRank())
    (metaSGD.rate, curvature.rate, klin.rate, kfc.rate, lowRank.rate) = (rate, rate, rate, rate, rate)
    (kfc.layers, lowRank.rank) = (metaOptimizerLayers, metaOptimizerRank)
    var (tNet, mtNet, random, joint) = (TNet(), MTNet(), RandomStart(), JointTraining())
    (tNet.rate, mtNet.rate, random.rate, joint.rate) = (rate, rate, rate, rate)
    (mtNet.mask, mtNet.temperature, mtNet.logit) = (mask, temperature, logit)
    return [
      MAML(rate: rate), fomaml, reptile, anil, l1, mlsr, triLevel, imaml, hessianFree, metaSGD, curvature, klin, kfc,
      lowRank, tNet, mtNet, random, joint,
    ]
  }

  /// The objective of the algorithm called `name`.
  func objective(_ name: String) -> MetaObjective {
    guard let algorithm = algorithms.first(where: { $0.card.name == name }) else {
      preconditionFailure("no test makes an algorithm \(name)")
    }
    return algorithm.objective
  }
}

extension MetaObjective {
  static func maml(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("maml") }
  static func fomaml(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("fomaml") }
  static func reptile(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("reptile") }
  static func anil(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("anil") }
  static func l1MAML(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("l1-maml") }
  static func mlsr(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("mlsr") }
  static func mlsrMAML(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("mlsr-maml") }
  static func iMAML(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("imaml") }
  static func hessianFreeIMAML(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("imaml-hf") }
  static func metaSGD(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("meta-sgd") }
  static func tNet(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("t-net") }
  static func mtNet(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("mt-net") }
  static func joint(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("joint") }
  static func random(_ settings: InnerLoopSettings) -> MetaObjective { settings.objective("random") }
}
