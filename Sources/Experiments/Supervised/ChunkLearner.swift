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
    /// Before and after adaptation; none where the model is no classifier.
    let accuracies: [Float]
    /// One array a meta-parameter.
    let gradient: [[Float]]
    /// As `BatchStatistics.program` gives them; none where a run does not average them.
    var statistics: [[Float]] = []
    /// The largest share of a task's outer gradient that the solver of an implicit meta-gradient left; nil without one.
    var solverResidual: Float?
    /// The largest share of a task's parameters that a further step of the recovery moves, which the implicit meta-gradient
    /// takes as converged; nil without one.
    var recoveryResidual: Float?
  }

  private enum MetaGradientWork {
    case straight(Workspace<Float>)
    case implicit(ImplicitMetaGradient<Float>)
  }

  private let noise: AdaptationNoise
  private var batch: TaskBatch
  private let metaGradient: MetaGradientWork
  private let statistics: (program: Program<Float>, workspace: Workspace<Float>)?
  private let stepCount: Int
  private let accuracyCount: Int

  init(_ setup: SupervisedSetup, _ programs: SupervisedPrograms, tasks: Int) {
    batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks, shots: setup.supportRows, queries: setup.queryRows)
    stepCount = setup.stepCount
    accuracyCount = setup.task.isClassification ? 2 : 0
    noise = setup.noise
    statistics = programs.batchStatistics(tasks: tasks).map { ($0, $0.makeWorkspace()) }
    metaGradient =
      switch programs.metaGradient(tasks: tasks) {
      case .straight(let program): .straight(program.makeWorkspace())
      case .implicit(let programs): .implicit(programs.makeMetaGradient())
      }
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
    var value: MetaGradientValue
    switch metaGradient {
    case .straight(let workspace):
      let drawn = noise.draw(tasks: first..<first + batch.tasks, at: address)
      value = differentiate(parameters, on: batch, drawn, in: workspace)
    case .implicit(let metaGradient): value = differentiate(parameters, on: batch, by: metaGradient)
    }
    value.statistics = statistics(parameters, of: batch)
    return value
  }

  /// The sums over the tasks of their channels' statistics.
  private func statistics(_ parameters: Parameters<Float>, of batch: TaskBatch) -> [[Float]] {
    guard let (program, workspace) = statistics else { return [] }
    for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
    workspace.setArgument(parameters.tensors.count, to: batch.query.inputs)
    workspace.run()
    return program.resultShapes.indices.map { workspace.result($0) }
  }

  private func differentiate(
    _ parameters: Parameters<Float>, on batch: TaskBatch, _ drawn: [[Float]], in workspace: Workspace<Float>
  ) -> MetaGradientValue {
    for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
    let count = parameters.tensors.count
    for (index, numbers) in drawn.enumerated() { workspace.setArgument(count + index, to: numbers) }
    workspace.setExamples(batch.support, from: count + drawn.count)
    workspace.setExamples(batch.query, from: count + drawn.count + 2)
    workspace.run()
    let sums = (0..<3 + accuracyCount).map { workspace.result($0)[0] }
    return MetaGradientValue(
      lossBefore: sums[0], lossAfter: sums[1], outerLoss: sums[2], accuracies: Array(sums[3...]),
      gradient: (0..<count).map { workspace.result(sums.count + $0) })
  }

  private func differentiate(
    _ parameters: Parameters<Float>, on batch: TaskBatch, by metaGradient: ImplicitMetaGradient<Float>
  ) -> MetaGradientValue {
    let found = metaGradient.differentiate(
      parameters, support: batch.support.arrays, query: batch.query.arrays, steps: stepCount)
    return MetaGradientValue(
      lossBefore: found.lossBefore, lossAfter: found.lossAfter, outerLoss: found.lossAfter, accuracies: found.scores,
      gradient: found.gradient, solverResidual: found.residual, recoveryResidual: found.recoveryResidual)
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
