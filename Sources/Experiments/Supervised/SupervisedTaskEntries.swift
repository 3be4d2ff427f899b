import FewShotTasks
import NeuralNetworks

extension TaskEntry {
  /// Every family of supervised tasks, with the defaults of its paper.
  static let supervised: [TaskEntry] = FewShotTask.all.map { task in
    TaskEntry(
      name: task.name, summary: task.summary, source: task.source,
      measure: task.isClassification ? "accuracy" : "loss", kind: .supervised, defaults: .supervised(task.name),
      adjustDefaults: { if task.name == "linear-classification" { $0.adjustToLinearClassification() } },
      evaluationTasks: 600, makeTrainer: { try SupervisedTrainer($0) }, makeEvaluator: { try SupervisedEvaluator($0) },
      oracle: TaskOracle(definition: SupervisedOracle.definition) { try SupervisedOracle($0) })
  }
}

extension RunConfiguration {
  /// The defaults of a supervised task: those of MT-net's regressions (section 6.1), with the changes of its own paper.
  static func supervised(_ task: String) -> RunConfiguration {
    var configuration = regression
    switch task {
    // MAML's code: 25 tasks a meta-iteration.
    case "sinusoid-phase": configuration.metaBatchSize = 25
    // MLSR, section 4.1, says 20 samples and leaves the rest as in MAML.
    case "sinusoid-frequency":
      configuration.metaBatchSize = 25
      configuration.shots = 20
    // About 4 times the unknowns of a signal: three frequencies with two amplitudes each.
    case "sparse-spectrum":
      configuration.shots = 24
      configuration.queries = 24
    // Meta-optimizers, A.1.1, logistic regression: SGD at 0.01 outside and 0.5 inside, one task at a time.
    case "linear-classification":
      configuration.metaBatchSize = 1
      configuration.iterations = 30_000
      (configuration.shots, configuration.queries) = (1_000, 1_000)
      configuration.hiddenSizes = []
      configuration.innerRate = 0.5
      configuration.recoveryRate = 0.5
      configuration.regularization = 2
      configuration.outerOptimizer = .sgd
      configuration.outerRate = 0.01
    // A linear model on ten inputs; with a Hessian of at most 20, any step below 0.1 is stable.
    case "ridge":
      configuration.hiddenSizes = []
      (configuration.shots, configuration.queries) = (20, 20)
    default: break
    }
    return configuration
  }

  /// What the linear network and the meta-optimizers need to tell planes apart after one step.
  ///
  /// A.1.1 has plain gradient descent outside at the inner rate: 1.9 for LinNet, 3.33 for KLin, 3.9 for KFC. Here all three
  /// diverge with these, within 2 to 86 iterations; the article on linear classification has what was tried.
  fileprivate mutating func adjustToLinearClassification() {
    if network == .linnet {
      hiddenSizes = [64, 64, 64]
      // From weights of 0.01 the product of four layers is so flat that it does not start to learn.
      initializer = .xavier
      outerRate = 0.1
    }
    switch algorithm {
    case "klin":
      innerRate = 3.33
      outerRate = 0.1
    // ReLU between identities stops every other slope: until the start of the model has learned to shift them, which takes
    // Adam's even steps, nothing above 84% is reached. As many tasks as the paper's 30,000 iterations of one.
    case "kfc":
      iterations = 7_500
      innerRate = 10
      initializer = .xavier
      outerOptimizer = .adam
      outerRate = 0.0003
      metaBatchSize = 4
    default: break
    }
  }

  private static var regression: RunConfiguration {
    var configuration = RunConfiguration()
    configuration.iterations = 60_000
    configuration.metaBatchSize = 4
    (configuration.shots, configuration.queries) = (10, 10)
    configuration.innerRate = 0.01
    configuration.recoveryRate = 0.01
    // As strong as the gradient steps of the others are short: a step at 1 / lambda is a proximal one, to first order.
    configuration.regularization = 30
    configuration.hiddenSizes = [40, 40]
    configuration.activation = .relu
    configuration.outerOptimizer = .adam
    configuration.outerRate = 0.001
    configuration.gradientClip = 0
    configuration.checkpointInterval = 1_000
    return configuration
  }
}
