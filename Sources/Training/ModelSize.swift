import MetaLearning
import NeuralNetworks
import Parts
import Runs

// The sizes of a model and of an algorithm's additions are checked before any of them is made.
extension RunConfiguration {
  /// The largest number of elements of the tasks of one program, and of the gradients of one iteration: 1 GB in single
  /// precision, of which a meta-gradient holds several arrays.
  private static let largestIteration = 250_000_000
  /// The largest number of meta-parameters: a checkpoint with two averages of each stays below the 2 GB that a reader
  /// accepts.
  private static let largestModel = 150_000_000

  /// Refuses a model whose arrays would not fit in memory or whose checkpoints could not be read.
  /// - Parameters:
  ///   - layers: the layers of the model.
  ///   - copies: the number of sets of meta-parameters that an iteration holds at once, such as those of the tasks in one
  ///     program, if each set has the given number of elements.
  /// - Throws: `UserError` with the number that was found.
  func checkModelSize(of layers: [LayerSize], copies: (_ elements: Int) -> Int) throws(UserError) {
    // The sizes are bounded by their settings, so that no product here overflows.
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
    let found = own * copies(own)
    guard found <= Self.largestIteration else {
      throw UserError(
        "\(subject) with \(algorithmName): expected at most \(Self.largestIteration) parameters of an iteration's tasks, "
          + "found \(found); smaller layers would do, or a smaller meta_batch_size", status: .configuration)
    }
  }
}
