import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import Runs
import TensorCore

/// The statistics of a convolutional model's channels over the query images of training, for `normalization` running.
///
/// They are computed with the meta-parameters, before any adaptation, so that they mean the same for every algorithm.
struct BatchStatistics: Sendable {
  /// The running averages.
  private(set) var running: RunningStatistics<Float>

  /// The prefix of the statistics' names in a checkpoint.
  static let checkpointPrefix = "statistics."

  /// Creates the statistics as they are before training; nil where evaluations do not use them.
  init?(_ setup: SupervisedSetup) {
    guard let network = Self.network(of: setup) else { return nil }
    running = RunningStatistics(for: network)
  }

  private static func network(of setup: SupervisedSetup) -> ConvolutionalNetwork? {
    setup.averagesStatistics ? setup.model as? ConvolutionalNetwork : nil
  }

  /// The inputs of the statistics' program.
  struct Inputs: TensorStructure {
    /// The parameters of the model before any adaptation.
    var parameters: Parameters<Float>
    /// The query inputs of a chunk.
    var images: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try images.forEachTensor(body)
    }
  }

  /// The program that computes the sums over a chunk's tasks of every mean and variance, under the averages' names; nil
  /// where evaluations do not use them.
  static func program(_ setup: SupervisedSetup, tasks: Int) -> Program<Inputs, Parameters<Float>>? {
    guard let network = network(of: setup) else { return nil }
    let examples = setup.examplePlaceholders(tasks: tasks, rows: setup.queryRows)
    return Program(for: Inputs(parameters: setup.initialParameters.model, images: examples.inputs)) { inputs in
      // Every task normalises its images: [tasks, 1, filters].
      network.batchStatistics(inputs.parameters, inputs.images).map { $0.sum(axes: 0, 1) }
    }
  }

  /// Updates the averages with the sums that `program` computed over `tasks` tasks.
  mutating func update(with sums: Parameters<Float>, tasks: Int) {
    running = running.updated(with: sums.map { $0 / Tensor(Float(tasks)) })
  }

  /// The statistics as named arrays for a checkpoint.
  var namedArrays: [NamedArray] { running.averages.namedArrays(prefix: Self.checkpointPrefix) }

  /// Restores the statistics of a checkpoint.
  mutating func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    running = running.replacingAverages(try running.averages.reading(checkpoint, prefix: Self.checkpointPrefix))
  }
}
