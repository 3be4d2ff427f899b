import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import Runs
import TensorCore

/// The statistics of a convolutional model's channels over the query images of training, with `normalization` running.
///
/// They are those of the meta-parameters, before any adaptation, so that every algorithm has them in the same way.
struct BatchStatistics: Sendable {
  /// The averages.
  private(set) var running: RunningStatistics<Float>

  /// What stands before their names in a checkpoint.
  private static let checkpointPrefix = "statistics."

  /// As before training; nil where evaluations do not ask for them.
  init?(_ setup: SupervisedSetup) {
    guard let network = Self.network(of: setup) else { return nil }
    running = RunningStatistics(for: network)
  }

  private static func network(of setup: SupervisedSetup) -> ConvolutionalNetwork? {
    setup.averagesStatistics ? setup.model as? ConvolutionalNetwork : nil
  }

  /// What the statistics follow from.
  struct Inputs: TensorStructure {
    /// The model's before any adaptation.
    var parameters: Parameters<Float>
    /// The inputs of a chunk's query.
    var images: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try images.forEachTensor(body)
    }
  }

  /// The sums over a chunk's tasks of every mean and variance, under the averages' names; nil where evaluations do not ask
  /// for them.
  static func program(_ setup: SupervisedSetup, tasks: Int) -> Program<Inputs, Parameters<Float>>? {
    guard let network = network(of: setup) else { return nil }
    let examples = setup.examplePlaceholders(tasks: tasks, rows: setup.queryRows)
    return Program(for: Inputs(parameters: setup.initialParameters.model, images: examples.inputs)) { inputs in
      // Every task normalises its own images: [tasks, 1, filters].
      network.batchStatistics(inputs.parameters, inputs.images).map { $0.sum(axes: 0, 1) }
    }
  }

  /// Takes the means over `tasks` tasks of the sums that `program` gave for them.
  mutating func update(with sums: Parameters<Float>, tasks: Int) {
    running = running.updated(with: sums.map { $0 / Tensor(Float(tasks)) })
  }

  /// As a checkpoint stores them.
  var namedArrays: [NamedArray] { running.averages.namedArrays(prefix: Self.checkpointPrefix) }

  /// Goes back to those of a checkpoint.
  mutating func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    running = running.replacingAverages(try running.averages.reading(checkpoint, prefix: Self.checkpointPrefix))
  }
}
