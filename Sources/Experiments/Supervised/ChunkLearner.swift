import FewShotTasks
import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

/// What one worker needs for one chunk size: buffers of examples and the workspaces of the programs, allocated once.
/// Nothing of a chunk is left for the next.
final class ChunkLearner {
  /// Sums over the tasks of a chunk.
  struct MetaGradientValue: Sendable {
    let lossBefore: Float
    let lossAfter: Float
    let outerLoss: Float
    /// One array a meta-parameter.
    let gradient: [[Float]]
  }

  private enum MetaGradientWork {
    case straight(Workspace<Float>)
    case implicit(ImplicitMetaGradient<Float>)
  }

  private var batch: TaskBatch
  private let metaGradient: MetaGradientWork
  private let stepCount: Int

  init(_ setup: SupervisedSetup, _ programs: SupervisedPrograms, tasks: Int) {
    batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks, shots: setup.configuration.shots,
      queries: setup.configuration.queries)
    stepCount = setup.stepCount
    metaGradient =
      switch programs.metaGradient(tasks: tasks) {
      case .straight(let program): .straight(program.makeWorkspace())
      case .implicit(let programs): .implicit(programs.makeMetaGradient())
      }
  }

  /// Draws the tasks from `first` on of the iteration at `address`, and differentiates their outer losses.
  func differentiate(_ parameters: Parameters<Float>, at address: RandomAddress, from first: Int) -> MetaGradientValue {
    batch.fill(at: address, from: first)
    return differentiate(parameters, on: batch)
  }

  /// Differentiates the outer losses of the tasks of `batch`.
  func differentiate(_ parameters: Parameters<Float>, on batch: TaskBatch) -> MetaGradientValue {
    switch metaGradient {
    case .straight(let workspace): Self.differentiate(parameters, on: batch, in: workspace)
    case .implicit(let metaGradient): differentiate(parameters, on: batch, by: metaGradient)
    }
  }

  private static func differentiate(
    _ parameters: Parameters<Float>, on batch: TaskBatch, in workspace: Workspace<Float>
  ) -> MetaGradientValue {
    for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
    let count = parameters.tensors.count
    workspace.setExamples(batch.support, from: count)
    workspace.setExamples(batch.query, from: count + 2)
    workspace.run()
    return MetaGradientValue(
      lossBefore: workspace.result(0)[0], lossAfter: workspace.result(1)[0], outerLoss: workspace.result(2)[0],
      gradient: (0..<count).map { workspace.result(3 + $0) })
  }

  private func differentiate(
    _ parameters: Parameters<Float>, on batch: TaskBatch, by metaGradient: ImplicitMetaGradient<Float>
  ) -> MetaGradientValue {
    let (before, after, gradient) = metaGradient.differentiate(
      parameters, support: batch.support.arrays, query: batch.query.arrays, steps: stepCount)
    return MetaGradientValue(lossBefore: before, lossAfter: after, outerLoss: after, gradient: gradient)
  }
}

extension TaskBatch.Examples {
  /// Inputs and targets, in the order of a program's arguments.
  var arrays: [[Float]] { [inputs, targets] }
}

extension Workspace<Float> {
  /// Writes inputs and targets as the arguments `first` and `first + 1`.
  func setExamples(_ examples: TaskBatch.Examples, from first: Int) {
    for (index, array) in examples.arrays.enumerated() { setArgument(first + index, to: array) }
  }
}
