import Foundation
import TensorCore

extension RunningSettings {
  /// The threads to use: one a processor core where none were asked for.
  var workerCount: Int { workers > 0 ? workers : ProcessInfo.processInfo.activeProcessorCount }
}

extension RunConfiguration {
  /// Makes the process compute by the kernels that the run asks for.
  func chooseKernels() { KernelLevel.choose(running.deterministicKernels ? .deterministic : .fastest) }
}
