package import FewShotTasks
package import MetaLearning
import NeuralNetworks
package import RandomStreams
import TensorCore

/// The buffers of examples and the workspaces with which one worker learns chunks of one size, allocated once. A chunk
/// leaves nothing behind for the next.
package final class ChunkLearner {
  /// The losses, accuracies and gradient of a chunk, summed over its tasks.
  package struct MetaGradientValue: Sendable {
    let lossBefore: Float
    let lossAfter: Float
    package let outerLoss: Float
    /// The accuracies before and after adaptation; empty where the model is not a classifier.
    let accuracies: [Float]
    /// The gradients of all meta-parameters, one after another.
    let gradient: [Float]
    /// The sums of `BatchStatistics.program`; nil where a run does not average them.
    var statistics: Parameters<Float>?
    /// The largest relative residual of a task's linear system in an implicit meta-gradient; nil without one.
    var solverResidual: Float?
    /// The largest relative change of a task's parameters in one more step of the recovery, which the implicit
    /// meta-gradient assumes to have converged; nil without one.
    var recoveryResidual: Float?
    /// The largest bound of a task's distance from its minimum; nil where inner steps have no tolerance.
    var innerDistance: Float?
  }

  private enum MetaGradientWork {
    case unrolled(UnrolledMetaGradient)
    case implicit(ImplicitMetaGradient<LabeledExamples<Float>>)
  }

  private let noise: AdaptationNoise
  private var batch: TaskBatch
  private let metaGradient: MetaGradientWork
  private let statistics: Workspace<BatchStatistics.Inputs, Parameters<Float>>?
  private let stepCount: Int

  package init(_ setup: SupervisedSetup, _ programs: SupervisedPrograms, tasks: Int) {
    batch = TaskBatch(
      of: setup.task.distribution, tasks: tasks, shots: setup.supportRows, queries: setup.queryRows)
    stepCount = setup.stepCount
    noise = setup.noise
    statistics = programs.batchStatistics(tasks: tasks)?.makeWorkspace()
    metaGradient =
      switch programs.metaGradient(tasks: tasks) {
      case .unrolled(let program): .unrolled(UnrolledMetaGradient(program))
      case .implicit(let programs): .implicit(programs.makeMetaGradient())
      }
  }

  /// Draws the tasks from `first` on of the iteration at `address`, and differentiates their outer losses.
  func differentiate(
    _ parameters: MetaParameters<Float>, at address: RandomAddress, from first: Int
  ) -> MetaGradientValue {
    batch.fill(at: address, from: first)
    return differentiate(parameters, on: batch, at: address, from: first)
  }

  /// Differentiates the outer losses of the tasks of `batch`.
  /// - Parameters:
  ///   - address: the seed and iteration of the random numbers that the update rules draw.
  ///   - first: the number of the first task.
  package func differentiate(
    _ parameters: MetaParameters<Float>, on batch: TaskBatch, at address: RandomAddress, from first: Int
  ) -> MetaGradientValue {
    var value =
      switch metaGradient {
      case .unrolled(let metaGradient):
        metaGradient.differentiate(
          parameters, on: batch, noise: noise.draw(tasks: first..<first + batch.tasks, at: address))
      case .implicit(let metaGradient): differentiate(parameters, on: batch, by: metaGradient)
      }
    value.statistics = statistics.map { statistics in
      statistics.inputs.parameters.write(parameters.model)
      statistics.inputs.images.write(batch.query.inputs)
      statistics.run()
      return statistics.outputs.read()
    }
    return value
  }

  private func differentiate(
    _ parameters: MetaParameters<Float>, on batch: TaskBatch,
    by metaGradient: ImplicitMetaGradient<LabeledExamples<Float>>
  ) -> MetaGradientValue {
    let found = metaGradient.differentiate(
      parameters, support: batch.supportExamples, query: batch.queryExamples, steps: stepCount)
    return MetaGradientValue(
      lossBefore: found.lossBefore, lossAfter: found.lossAfter, outerLoss: found.lossAfter, accuracies: found.scores,
      gradient: found.gradient.tensors.flatMap(\.scalars), solverResidual: found.residual,
      recoveryResidual: found.recoveryResidual, innerDistance: found.distance)
  }
}

/// One worker's workspace of a meta-gradient that one program computes. Its parts are found beforehand, since a meta-step
/// of a small network takes a few microseconds.
private final class UnrolledMetaGradient {
  private let workspace: Workspace<SupervisedPrograms.Inputs, SupervisedPrograms.Outputs>
  private let parameters: Buffers<MetaParameters<Float>>
  private let noise: Buffers<[Parameters<Float>]>
  private let (support, query): (ExampleBuffers, ExampleBuffers)
  private let lossBefore: Buffers<Tensor<Float>>
  private let lossAfter: Buffers<Tensor<Float>>
  private let outerLoss: Buffers<Tensor<Float>>
  private let accuracies: Buffers<[Tensor<Float>]>
  private let gradient: Buffers<MetaParameters<Float>>

  private struct ExampleBuffers {
    let inputs: Buffers<Tensor<Float>>
    let targets: Buffers<Tensor<Float>>

    init(_ buffers: Buffers<LabeledExamples<Float>>) {
      inputs = buffers.inputs
      targets = buffers.targets
    }

    func write(_ examples: TaskBatch.Examples) {
      inputs.write(examples.inputs)
      targets.write(examples.targets)
    }
  }

  init(_ program: SupervisedPrograms.MetaGradient) {
    workspace = program.makeWorkspace()
    parameters = workspace.inputs.parameters
    noise = workspace.inputs.noise
    (support, query) = (ExampleBuffers(workspace.inputs.support), ExampleBuffers(workspace.inputs.query))
    let outputs = workspace.outputs
    (lossBefore, lossAfter, outerLoss) = (outputs.lossBefore, outputs.lossAfter, outputs.outerLoss)
    accuracies = outputs.accuracies
    gradient = workspace.outputs.gradient
  }

  func differentiate(
    _ parameters: MetaParameters<Float>, on batch: TaskBatch, noise: [[Float]]
  ) -> ChunkLearner.MetaGradientValue {
    self.parameters.write(parameters)
    self.noise.write(noise.flatMap { $0 })
    support.write(batch.support)
    query.write(batch.query)
    workspace.run()
    return ChunkLearner.MetaGradientValue(
      lossBefore: lossBefore.scalar, lossAfter: lossAfter.scalar, outerLoss: outerLoss.scalar,
      accuracies: accuracies.scalars,
      gradient: gradient.scalars)
  }
}
