import FewShotTasks
import NeuralNetworks

extension TaskEntry {
  /// Every family of image tasks, with the defaults of its paper.
  static let images: [TaskEntry] = ImageTaskFamily.all.map { family in
    TaskEntry(
      name: family.name, summary: family.summary, source: family.source, measure: "accuracy", kind: .images,
      defaults: .images(family.name),
      // MLSR, section 4.2, evaluates on 1,000 tasks; MAML and those after it on 600.
      evaluationTasks: family.name == "mnist-pairs" ? 1_000 : 600,
      makeTrainer: { try SupervisedTrainer($0) }, makeEvaluator: { try SupervisedEvaluator($0) })
  }
}

extension RunConfiguration {
  /// The defaults of a family of image tasks. The published inner rates, 0.4 and 0.7, are for networks that normalise
  /// their batches; those here are for a perceptron on the pixels.
  static func images(_ task: String) -> RunConfiguration {
    var configuration = characters
    switch task {
    case "glyphs":
      configuration.iterations = 2_000
      configuration.metaBatchSize = 16
      configuration.hiddenSizes = [64, 64]
      configuration.checkpointInterval = 100
    // MLSR, section 4.2, leaves all but the network open.
    case "mnist-pairs":
      (configuration.ways, configuration.shots, configuration.queries) = (2, 5, 15)
      configuration.iterations = 10_000
      configuration.metaBatchSize = 25
      configuration.hiddenSizes = [100, 20]
      configuration.activation = .sigmoid
      configuration.initializer = .xavier
      configuration.innerRate = 1
    // "Decoupling adaptation from modeling with meta-optimizers", A.1.2.
    case "cifar-fs":
      (configuration.ways, configuration.shots) = (10, 3)
      configuration.innerSteps = 2
    // MAML, section 5.2 and A.1: 4 tasks, 5 steps at 0.01.
    case "mini-imagenet":
      configuration.metaBatchSize = 4
      configuration.innerSteps = 5
      configuration.innerRate = 0.01
    default: break
    }
    return configuration
  }

  /// MAML's on Omniglot (section 5.2, A.1): 5 ways, 1 shot, 32 tasks, one step, Adam at 0.001, 60,000 iterations, and its
  /// network without convolutions. Fifteen queries a class, where its code has one, make a task's loss less noisy.
  private static var characters: RunConfiguration {
    var configuration = RunConfiguration()
    configuration.iterations = 60_000
    configuration.metaBatchSize = 32
    (configuration.ways, configuration.shots, configuration.queries) = (5, 1, 15)
    configuration.innerRate = 0.1
    configuration.hiddenSizes = [256, 128, 64, 64]
    configuration.activation = .relu
    configuration.initializer = .he
    configuration.outerOptimizer = .adam
    configuration.outerRate = 0.001
    configuration.gradientClip = 0
    configuration.checkpointInterval = 1_000
    return configuration
  }
}
