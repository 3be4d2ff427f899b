import Foundation
package import Parts
package import Runs
import TensorCore
import Workers

extension RunConfiguration {
  /// The kernels that the run asks for.
  var kernels: KernelChoice { running.deterministicKernels ? .deterministic : .fastest }

  /// The threads to use: one a processor core where none were asked for.
  private var workerCount: Int {
    running.workers > 0 ? running.workers : ProcessInfo.processInfo.activeProcessorCount
  }

  /// The workers of the run, whose jobs compute by its kernels.
  func makeWorkerPool() -> WorkerPool {
    WorkerPool(count: workerCount) { [kernels] job in try kernels.computing(job) }
  }
}

// What computes by the kernels that a configuration asks for.
extension Catalog {
  /// A trainer at iteration 0.
  /// - Throws: `UserError` for a configuration that it cannot follow.
  package func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer {
    try ByKernels(configuration.kernels) { try learning(of: configuration).makeTrainer(configuration) }
  }

  /// An evaluator of what the trainer learned.
  package func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
    try ByKernels(configuration.kernels) { try learning(of: configuration).makeEvaluator(configuration) }
  }

  /// What a task's score could be for one who knows the task; nil where there is no such line.
  package func oracle(for family: any TaskFamily) -> TaskOracle? {
    learning(of: family).oracle(for: family).map { oracle in
      TaskOracle(definition: oracle.definition) { configuration in
        try ByKernels(configuration.kernels) { try oracle.makeEvaluator(configuration) }
      }
    }
  }
}
