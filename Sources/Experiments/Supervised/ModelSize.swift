// How many numbers a model and what an algorithm brings come to, before any of them is made.
extension RunConfiguration {
  /// The most numbers that the tasks of a program may have of their own: 1 GB in single precision, of which a meta-gradient
  /// holds several arrays.
  private static let largestModel = 250_000_000

  /// - Parameters:
  ///   - inputs: numbers in an input.
  ///   - outputs: numbers in an output.
  /// - Throws: `UserError` where the arrays of a perceptron would not fit in memory.
  func checkModelSize(inputs: Int, outputs: Int) throws(UserError) {
    guard network != .convolutional else { return }
    let sizes = [inputs] + hiddenSizes + [outputs]
    // Sizes are in ranges of their own, so that no product here overflows.
    let own = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + numbers(rows: $1.0, columns: $1.1) }
    let tasks = taskKind == .images ? TaskChunks.largest(numbers: own) : TaskChunks.largest
    let found = own * min(tasks, metaBatchSize)
    guard found <= Self.largestModel else {
      throw UserError(
        "hidden_sizes=\(hiddenSizes) with \(algorithm): expected at most \(Self.largestModel) numbers of the tasks "
          + "that one program takes, found \(found); smaller layers would do, or a smaller meta_batch_size"
          + (algorithm == "low-rank" ? " or meta_optimizer_rank" : ""), status: .configuration)
    }
  }

  /// Those of a layer: its weights, its biases, and what the algorithm transforms their gradients by.
  private func numbers(rows: Int, columns: Int) -> Int {
    let weights = rows * columns
    let transform =
      switch algorithm {
      case "low-rank": weights * min(metaOptimizerRank, weights) + columns * min(metaOptimizerRank, columns)
      case "meta-curvature", "klin": rows * rows + 2 * columns * columns
      case "kfc": metaOptimizerLayers * (rows * rows + 2 * columns * columns)
      case "t-net", "mt-net": columns * columns
      default: 0
      }
    return weights + columns + transform
  }
}
