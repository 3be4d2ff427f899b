import Foundation
package import Parts
import Ranks
package import Runs
import TensorCore
import Workers

extension RunConfiguration {
  /// The kernels that the run's settings select.
  var kernels: KernelChoice { running.deterministicKernels ? .deterministic : .fastest }

  /// The number of threads: one per processor core, of those that belong to this rank, where the settings give none.
  private var workerCount: Int {
    running.workers > 0 ? running.workers : Ranks.current.workers ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// Returns a pool of the run's workers, whose jobs compute with its kernels.
  func makeWorkerPool(recorder: WorkRecorder? = nil) -> WorkerPool {
    WorkerPool(count: workerCount, recorder: recorder) { [kernels] job in try kernels.computing(job) }
  }
}

// Training and evaluation with the kernels that a configuration selects.
extension Catalog {
  /// Creates a trainer at iteration 0, which starts from another run's parameters where the configuration says so.
  /// - Throws: `UserError` for a configuration that it cannot follow.
  package func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer {
    func make() throws -> any MetaTrainer {
      try ByKernels(configuration.kernels) { try learning(of: configuration).makeTrainer(configuration) }
    }
    var trainer: any MetaTrainer =
      if let leader = RankLeader.current { try SharedTrainer(configuration, leader, make) } else { try make() }
    let initial = configuration.run.initial
    if !initial.isEmpty { try trainer.start(from: CheckpointStore.read(initial).contents, path: initial) }
    return trainer
  }

  /// Creates an evaluator of what the trainer has learned.
  package func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
    let configuration = evaluated(configuration)
    return shared(
      configuration,
      try ByKernels(configuration.kernels) { try learning(of: configuration).makeEvaluator(configuration) })
  }

  /// The configuration of an evaluation: several ranks evaluate one run after another, by all workers that they have.
  private func evaluated(_ configuration: RunConfiguration) -> RunConfiguration {
    guard RankLeader.current != nil else { return configuration }
    var configuration = configuration
    configuration[RunningSettings.self].workers = 0
    return configuration
  }

  /// An evaluator whose tasks all ranks score together, where there are several.
  private func shared(
    _ configuration: RunConfiguration, reference: String? = nil, _ evaluator: any AdaptationEvaluator
  ) -> any AdaptationEvaluator {
    guard let leader = RankLeader.current else { return evaluator }
    return SharedEvaluator(configuration, leader, reference: reference, evaluator)
  }

  /// Creates what shows a trained learner on single tasks; nil where nothing of its kind is shown.
  package func makeRehearsal(_ configuration: RunConfiguration) throws -> (any TaskRehearsal)? {
    let kernels = configuration.kernels
    guard let rehearsal = try kernels.computing({ try learning(of: configuration).makeRehearsal(configuration) }) else {
      return nil
    }
    return ByKernels(kernels) { rehearsal }
  }

  /// Returns the reference lines of a family beside an untrained learner.
  package func references(for family: any TaskFamily) -> [TaskReference] {
    learning(of: family).references(for: family).map { reference in
      TaskReference(reference.name, definition: reference.definition) { configuration in
        let configuration = evaluated(configuration)
        return shared(
          configuration, reference: reference.name,
          try ByKernels(configuration.kernels) { try reference.makeEvaluator(configuration) })
      }
    }
  }
}
