import FewShotTasks
import MetaLearning
import RandomStreams
package import Runs
import TensorCore
import Training

/// The meta-gradient of some tasks of a supervised run at its initial parameters, whose memory, operations and time are those
/// of one worker.
package struct MeasuredMetaGradient {
  private let setup: SupervisedSetup
  private let programs: SupervisedPrograms
  private let tasks: Int

  /// Compiles nothing yet.
  /// - Parameters:
  ///   - configuration: the run, on supervised tasks.
  ///   - tasks: the number of tasks that are differentiated at once.
  package init(_ configuration: RunConfiguration, tasks: Int) throws {
    setup = try SupervisedSetup(configuration)
    programs = SupervisedPrograms(setup)
    self.tasks = tasks
  }

  /// The memory of the compiled programs, in bytes. Buffers are planned when a program is compiled, so that the number is
  /// exact and the same on every machine.
  package var workspaceBytes: Int {
    switch programs.metaGradient(tasks: tasks) {
    case .unrolled(let program): program.workspaceBytes
    case .implicit(let programs): programs.workspaceBytes
    }
  }

  /// The number of floating-point operations, where an element-wise function counts as one.
  package var operationCount: Int {
    switch programs.metaGradient(tasks: tasks) {
    case .unrolled(let program): program.compiled.operationCount
    case .implicit(let programs):
      programs.runs(steps: setup.stepCount).reduce(0) { $0 + $1.program.operationCount * $1.runs }
    }
  }

  /// Returns the times of some repeats on the caller's thread in seconds, after one that is not measured. The tasks are drawn
  /// before, and are the same in every repeat.
  package func seconds(repeats: Int) -> [Double] {
    let learner = ChunkLearner(setup, programs, tasks: tasks)
    let address = RandomAddress(seed: 1, purpose: .benchmark)
    var batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks, shots: setup.supportRows, queries: setup.queryRows)
    batch.fill(at: address, from: 0)
    func differentiate() {
      let value = learner.differentiate(setup.initialParameters, on: batch, at: address, from: 0)
      precondition(value.outerLoss.isFinite, "the outer loss of a measured meta-gradient is \(value.outerLoss)")
    }
    differentiate()
    let clock = ContinuousClock()
    return (0..<repeats).map { _ in clock.measure(differentiate) / .seconds(1) }
  }
}
