/// A batch of tasks cut into chunks, each of which one worker computes by one program with the tasks as leading axis.
///
/// The cut depends on the number of tasks and on the model alone: a matrix product's bits depend on its shape, so that no shape may depend
/// on the number of workers.
package struct TaskChunks {
  /// The tasks of each chunk, in order; their sizes differ by at most one, so that there are at most two shapes.
  package let ranges: [Range<Int>]

  /// Tasks that one program of a small network takes at most: enough to fill its vectors, few enough for its buffers to stay in a core's
  /// cache (16 tasks of 1-40-40-1 with 20 examples: 2 MB).
  static let largest = 16

  /// Tasks of images that one program takes at most where each has `numbers` of its own: weights, what a rule remembers,
  /// and images. As many as stay in the cache; a meta-optimizer of pixels has millions for one.
  static func largest(numbers: Int) -> Int { min(largest, max(1, 500_000 / numbers)) }

  /// Cuts a batch of `tasks` tasks into chunks of at most `largest`.
  init(tasks: Int, largest: Int = Self.largest) {
    let count = (tasks + largest - 1) / largest
    ranges = (0..<count).map { $0 * tasks / count..<($0 + 1) * tasks / count }
  }
}
