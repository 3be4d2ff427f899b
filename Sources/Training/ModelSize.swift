import MetaLearning
import NeuralNetworks
import Parts
import Runs

// How many numbers a model and what an algorithm brings come to, before any of them is made.
extension RunConfiguration {
  /// The most numbers that the tasks of a program may have of their own: 1 GB in single precision, of which a meta-gradient
  /// holds several arrays.
  private static let largestProgram = 250_000_000
  /// The most meta-parameters: a checkpoint with two averages of each stays below the 2 GB that a reader takes.
  private static let largestModel = 150_000_000

  /// Refuses a model whose arrays would not fit in memory or whose checkpoints could not be read.
  /// - Parameters:
  ///   - layers: the layers of the model.
  ///   - tasks: how many tasks one program takes where each has so many numbers of its own.
  /// - Throws: `UserError` with the number that was found.
  func checkModelSize(of layers: [LayerSize], tasks: (_ numbers: Int) -> Int) throws(UserError) {
    // Sizes are in ranges of their own, so that no product here overflows.
    let own = layers.reduce(0) { sum, layer in
      sum + layer.rows * layer.columns + layer.columns
        + metaAlgorithm.numbersBeside(rows: layer.rows, columns: layer.columns)
    }
    let subject = "a model with layers of \(layers.map { "\($0.rows) x \($0.columns)" }.joined(separator: ", "))"
    guard own <= Self.largestModel else {
      throw UserError(
        "\(subject) with \(algorithmName): expected at most \(Self.largestModel) meta-parameters, found \(own); smaller "
          + "layers would do", status: .configuration)
    }
    let found = own * tasks(own)
    guard found <= Self.largestProgram else {
      throw UserError(
        "\(subject) with \(algorithmName): expected at most \(Self.largestProgram) numbers of the tasks that one program "
          + "takes, found \(found); smaller layers would do, or a smaller meta_batch_size", status: .configuration)
    }
  }
}
