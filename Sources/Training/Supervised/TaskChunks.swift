/// A batch of tasks cut into chunks. One worker computes each chunk by one program, with the tasks as the first axis.
///
/// The cut depends on the number of tasks and on the model alone: the bits of a matrix product depend on its shape, so
/// that no shape may depend on the number of workers.
package struct TaskChunks {
  /// The tasks of each chunk, in order; their sizes differ by at most one, so that there are at most two shapes.
  package let ranges: [Range<Int>]

  /// The largest number of tasks that one program of a small network takes: enough to fill its vectors, few enough for its
  /// buffers to stay in a core's cache (16 tasks of 1-40-40-1 with 20 examples: 2 MB).
  static let largest = 16

  /// The largest number of image tasks that one program takes, if each task has `numbers` elements of weights, rule state
  /// and images. It is as many as stay in the cache; a meta-optimizer of pixels has millions of elements for a single
  /// task.
  static func largest(numbers: Int) -> Int { min(largest, max(1, 500_000 / numbers)) }

  /// Cuts a batch of `tasks` tasks into chunks of at most `largest`.
  init(tasks: Int, largest: Int = Self.largest) {
    let count = (tasks + largest - 1) / largest
    ranges = (0..<count).map { $0 * tasks / count..<($0 + 1) * tasks / count }
  }
}
