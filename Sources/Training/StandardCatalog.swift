import Environments
import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
public import Runs

extension Catalog {
  /// What this version offers.
  public static let standard = Catalog(
    [.learning(PolicyRunLearning()), .learning(SupervisedLearning(.images)), .learning(SupervisedLearning(.numbers))]
      + EnvironmentFamilies.all.map { .task($0) } + SupervisedTaskFamilies.all.map { .task($0) }
      + MetaAlgorithms.all.map { .algorithm($0) } + SupervisedModels.all.map { .part($0, .model) }
      + OuterOptimizers.all.map { .part($0, .outerOptimizer) } + Tuning.standard.map { .tuning($0) })
}
