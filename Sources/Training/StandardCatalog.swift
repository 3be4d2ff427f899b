import Environments
import FewShotTasks
public import MetaLearning
public import NeuralNetworks
import Parts
public import Runs

extension Catalog {
  /// The models: those of `NeuralNetworks`, and the one that reads a file.
  private static let models: [any SupervisedModel] = SupervisedModels.all + [CellModel()]

  /// The catalog of the standard parts of this version.
  public static let standard = Catalog(
    [.learning(PolicyRunLearning()), .learning(SupervisedLearning(.images)), .learning(SupervisedLearning(.numbers))]
      + EnvironmentFamilies.all.map { .task($0) } + SupervisedTaskFamilies.all.map { .task($0) }
      + MetaAlgorithms.all.map { .algorithm($0) } + models.map { .model($0) }
      + OuterOptimizers.all.map { .outerOptimizer($0) } + OuterSteps.all.map { .outerOptimizer($0) }
      + Tuning.standard.map { .tuning($0) } + Preset.standard.map { .preset($0) })
}

// Additions of parts whose types this module knows.
extension Catalog.Addition {
  /// Returns the addition of a meta-learning algorithm.
  public static func algorithm(_ algorithm: any MetaAlgorithm) -> Self { .part(algorithm, .algorithm) }

  /// Returns the addition of an optimizer of meta-parameters.
  public static func outerOptimizer(_ optimizer: any OuterOptimizer) -> Self { .part(optimizer, .outerOptimizer) }

  /// Returns the addition of a model of inputs and targets.
  public static func model(_ model: any SupervisedModel) -> Self { .part(model, .model) }
}
