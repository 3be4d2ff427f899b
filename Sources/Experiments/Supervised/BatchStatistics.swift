import Parts
import FewShotTasks
import NeuralNetworks
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

  /// From the meta-parameters and the inputs of a chunk's query to the sums over its tasks of every mean and variance, in
  /// the averages' order; nil where evaluations do not ask for them.
  static func program(_ setup: SupervisedSetup, tasks: Int) -> Program<Float>? {
    guard let network = network(of: setup) else { return nil }
    let layout = setup.initialParameters
    let images = setup.exampleShapes(tasks: tasks, rows: setup.queryRows)[0]
    return Program(argumentShapes: layout.shapes + [images]) { arguments in
      let parameters = layout.replacingTensors(Array(arguments.dropLast()))
      // Every task normalises its own images: [tasks, 1, filters].
      return network.batchStatistics(parameters, arguments[layout.tensors.count]).tensors.map { $0.sum(axes: 0, 1) }
    }
  }

  /// Takes the means over `tasks` tasks of what `program` gave for them.
  mutating func update(with sums: [[Float]], tasks: Int) {
    let averages = running.averages
    running = running.updated(
      with: averages.replacingTensors(
        zip(averages.shapes, sums).map { Tensor(shape: $0, scalars: $1.map { $0 / Float(tasks) }) }))
  }

  /// As a checkpoint stores them.
  var namedArrays: [NamedArray] { running.averages.namedArrays(prefix: Self.checkpointPrefix) }

  /// Goes back to those of a checkpoint.
  mutating func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    running = running.replacingAverages(try running.averages.reading(checkpoint, prefix: Self.checkpointPrefix))
  }
}
