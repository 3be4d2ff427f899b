import FewShotTasks
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
    /// Before and after adaptation; none where the model is no classifier.
    let accuracies: [Float]
    /// One array a meta-parameter.
    let gradient: [[Float]]
  }

  private let noise: AdaptationNoise
  private var batch: TaskBatch
  private let metaGradient: Workspace<Float>
  private let program: Program<Float>
  private let accuracyCount: Int

  init(_ setup: SupervisedSetup, _ programs: SupervisedPrograms, tasks: Int) {
    batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks, shots: setup.supportRows, queries: setup.queryRows)
    accuracyCount = setup.task.isClassification ? 2 : 0
    noise = setup.noise
    program = programs.metaGradient(tasks: tasks)
    metaGradient = program.makeWorkspace()
  }

  /// Draws the tasks from `first` on of the iteration at `address`, and differentiates their outer losses.
  func differentiate(_ parameters: Parameters<Float>, at address: RandomAddress, from first: Int) -> MetaGradientValue {
    batch.fill(at: address, from: first)
    return differentiate(parameters, on: batch, at: address, from: first)
  }

  /// Differentiates the outer losses of the tasks of `batch`.
  /// - Parameters:
  ///   - address: the seed and iteration of what the tasks draw beside their examples.
  ///   - first: the number of the first task.
  func differentiate(
    _ parameters: Parameters<Float>, on batch: TaskBatch, at address: RandomAddress, from first: Int
  ) -> MetaGradientValue {
    for (index, tensor) in parameters.tensors.enumerated() { metaGradient.setArgument(index, to: tensor.scalars) }
    let count = parameters.tensors.count
    let drawn = noise.draw(tasks: first..<first + batch.tasks, at: address)
    for (index, numbers) in drawn.enumerated() { metaGradient.setArgument(count + index, to: numbers) }
    metaGradient.setExamples(batch.support, from: count + noise.count)
    metaGradient.setExamples(batch.query, from: count + noise.count + 2)
    program.run(in: metaGradient)
    let sums = (0..<3 + accuracyCount).map { metaGradient.result($0)[0] }
    return MetaGradientValue(
      lossBefore: sums[0], lossAfter: sums[1], outerLoss: sums[2], accuracies: Array(sums[3...]),
      gradient: (0..<count).map { metaGradient.result(sums.count + $0) })
  }
}

extension Workspace<Float> {
  /// Writes inputs and targets as the arguments `first` and `first + 1`.
  func setExamples(_ examples: TaskBatch.Examples, from first: Int) {
    setArgument(first, to: examples.inputs)
    setArgument(first + 1, to: examples.targets)
  }
}
