import Rollouts

/// A task's episodes in the parts in which they are collected and learned from, on any number of workers.
///
/// The parts depend on the number of episodes alone, so that the sums over them have the same bits for any number of
/// workers.
package struct EpisodeParts: Sendable {
  /// The episodes of a part, all but the last one: a multiple of the lanes of every engine, and few enough for as many
  /// workers as there are tasks to share the last ones.
  static let length = 16

  /// The episodes of each part.
  package let ranges: [Range<Int>]

  init(episodes: Int) {
    ranges = stride(from: 0, to: episodes, by: Self.length).map { $0..<min($0 + Self.length, episodes) }
  }

  /// The sizes of the batch of each part of a batch of `size`.
  func sizes(of size: EpisodeBatchSize) -> [EpisodeBatchSize] { ranges.map { size.of(episodes: $0.count) } }
}
