import MetaLearning
import NeuralNetworks
import Parts
import Runs

// How many numbers a model and what an algorithm brings come to, before any of them is made.
extension RunConfiguration {
  /// The most numbers that the tasks of a program may have of their own: 1 GB in single precision, of which a meta-gradient
  /// holds several arrays.
  private static let largestModel = 250_000_000

  /// - Parameters:
  ///   - model: what the model maps.
  ///   - limitsChunks: whether fewer tasks go into one program where each has many numbers.
  /// - Throws: `UserError` where the arrays of a perceptron would not fit in memory.
  func checkModelSize(_ model: ModelProblem, limitsChunks: Bool) throws(UserError) {
    let chosen = self[ModelSettings.self].model
    guard let sizes = chosen.fullyConnectedSizes(inputs: model.inputSize, outputs: model.outputSize) else { return }
    // Sizes are in ranges of their own, so that no product here overflows.
    let own = zip(sizes, sizes.dropFirst()).reduce(0) { sum, layer in
      sum + layer.0 * layer.1 + layer.1 + metaAlgorithm.numbersBeside(rows: layer.0, columns: layer.1)
    }
    let tasks = limitsChunks ? TaskChunks.largest(numbers: own) : TaskChunks.largest
    let found = own * min(tasks, self[SupervisedSampling.self].metaBatchSize)
    guard found <= Self.largestModel else {
      throw UserError(
        "hidden_sizes=\(sizes.dropFirst().dropLast()) with \(algorithmName): expected at most \(Self.largestModel) numbers "
          + "of the tasks that one program takes, found \(found); smaller layers would do, or a smaller meta_batch_size",
        status: .configuration)
    }
  }
}
