import FewShotTasks
import NeuralNetworks

extension TaskEntry {
  /// Every family of image tasks, with the defaults of its paper.
  static let images: [TaskEntry] = ImageTaskFamily.all.map { family in
    TaskEntry(
      name: family.name, summary: family.summary, source: family.source, measure: "accuracy", kind: .images,
      defaults: .images(family.name), adjustDefaults: { $0.adjustToAlgorithm(on: family.name) },
      // MLSR, section 4.2, evaluates on 1,000 tasks; MAML and those after it on 600.
      evaluationTasks: family.name == "mnist-pairs" ? 1_000 : 600,
      makeTrainer: { try SupervisedTrainer($0) }, makeEvaluator: { try SupervisedEvaluator($0) })
  }
}

extension RunConfiguration {
  /// The defaults of a family of image tasks.
  static func images(_ task: String) -> RunConfiguration {
    var configuration = characters
    switch task {
    // Small enough to learn in a minute; a perceptron on pixels takes smaller inner steps.
    case "glyphs":
      configuration.network = .mlp
      configuration.iterations = 2_000
      configuration.metaBatchSize = 16
      configuration.hiddenSizes = [64, 64]
      configuration.initializer = .he
      configuration.innerRate = 0.1
      configuration.checkpointInterval = 100
    // MLSR, section 4.2, leaves all but the network open.
    case "mnist-pairs":
      configuration.network = .mlp
      (configuration.ways, configuration.shots, configuration.queries) = (2, 5, 15)
      configuration.iterations = 10_000
      configuration.metaBatchSize = 25
      configuration.hiddenSizes = [100, 20]
      configuration.activation = .sigmoid
      configuration.innerRate = 1
    // "Decoupling adaptation from modeling with meta-optimizers", A.1.2: 32 filters, steps of 0.7 inside and 0.003 outside.
    case "cifar-fs":
      configuration.filters = 32
      (configuration.iterations, configuration.metaBatchSize) = (60_000, 32)
      (configuration.ways, configuration.shots) = (10, 3)
      configuration.innerSteps = 2
      configuration.innerRate = 0.7
      configuration.outerRate = 0.003
    // MAML, section 5.2 and A.1: 4 tasks, 5 steps at 0.01; 32 filters, pooling, every pixel seen.
    case "mini-imagenet":
      (configuration.filters, configuration.pooling, configuration.features) = (32, 2, .flat)
      (configuration.iterations, configuration.metaBatchSize) = (60_000, 4)
      configuration.innerSteps = 5
      configuration.innerRate = 0.01
    default: break
    }
    return configuration
  }

  /// What algorithms take whose inner step is not MAML's: the article on results has what was tried.
  fileprivate mutating func adjustToAlgorithm(on task: String) {
    switch (algorithm, task) {
    // iMAML, table 2, has 16 steps, lambda 2 and 5 steps of conjugate gradients; its code adds to the matrix what keeps it
    // positive. Without that lambda 2 learns until the curvature outweighs it, and then forgets; one step of conjugate
    // gradients does not follow the flat directions. Steps above 0.1 leave the minimum.
    case ("imaml", _):
      (innerRate, innerSteps) = (0.1, 16)
      (regularization, conjugateGradientSteps) = (0.5, 1)
    case ("reptile", _): innerRate = 0.1
    // One layer has fewer ways to fit a task than all have, and so takes larger steps, and more of them.
    case ("mlsr", "mnist-pairs"): (innerRate, innerSteps) = (5, 5)
    case ("mlsr", _) where network == .convolutional, ("anil", _) where network == .convolutional:
      (innerRate, innerSteps) = (2, 5)
    default: break
    }
  }

  /// MAML's on Omniglot (section 5.2, A.1): 5 ways, 1 shot, one step of 0.4, Adam at 0.001, and its network of four blocks
  /// of 64 filters. An iteration has 8 tasks with 15 queries a class where its code has 32 with one: nearly four times the
  /// examples an iteration, and so a tenth of its 60,000 iterations, which two cores train in a quarter of an hour.
  /// The hidden layers are those of its network without convolutions, for `model` mlp.
  private static var characters: RunConfiguration {
    var configuration = RunConfiguration()
    configuration.network = .convolutional
    configuration.iterations = 6_000
    configuration.metaBatchSize = 8
    (configuration.ways, configuration.shots, configuration.queries) = (5, 1, 15)
    configuration.innerRate = 0.4
    configuration.hiddenSizes = [256, 128, 64, 64]
    configuration.activation = .relu
    configuration.initializer = .xavier
    configuration.outerOptimizer = .adam
    configuration.outerRate = 0.001
    configuration.gradientClip = 0
    configuration.checkpointInterval = 250
    return configuration
  }
}
