import Environments
import FewShotTasks
public import MetaLearning
public import NeuralNetworks
import Parts
public import Runs

extension Catalog {
  /// What this version offers.
  public static let standard = Catalog(
    [.learning(PolicyRunLearning()), .learning(SupervisedLearning(.images)), .learning(SupervisedLearning(.numbers))]
      + EnvironmentFamilies.all.map { .task($0) } + SupervisedTaskFamilies.all.map { .task($0) }
      + MetaAlgorithms.all.map { .algorithm($0) } + SupervisedModels.all.map { .model($0) }
      + OuterOptimizers.all.map { .outerOptimizer($0) } + OuterSteps.all.map { .outerOptimizer($0) }
      + Tuning.standard.map { .tuning($0) })
}

// Parts whose types the command line's programs know.
extension Catalog.Addition {
  /// A meta-learning algorithm.
  public static func algorithm(_ algorithm: any MetaAlgorithm) -> Self { .part(algorithm, .algorithm) }

  /// An optimizer of meta-parameters.
  public static func outerOptimizer(_ optimizer: any OuterOptimizer) -> Self { .part(optimizer, .outerOptimizer) }

  /// A model of inputs and targets.
  public static func model(_ model: any SupervisedModel) -> Self { .part(model, .model) }
}
