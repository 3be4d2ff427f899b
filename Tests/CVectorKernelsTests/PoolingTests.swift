import CVectorKernels
import Testing

@Suite struct PoolingTests {
  private static func windows(_ height: Int, _ width: Int, _ channels: Int, window: Int, stride: Int) -> metarl_windows
  {
    metarl_windows(
      images: 2, height: height, width: width, channels: channels, window_height: window, window_width: window,
      stride: stride, padding: 0, out_height: (height - window) / stride + 1, out_width: (width - window) / stride + 1)
  }

  /// Windows that touch, that overlap and that leave pixels out; channels around the widths of vectors.
  static let shapes: [metarl_windows] = [
    windows(4, 6, 1, window: 2, stride: 2), windows(5, 5, 17, window: 2, stride: 2),
    windows(7, 6, 33, window: 3, stride: 2), windows(5, 4, 3, window: 2, stride: 3),
    windows(3, 3, 64, window: 3, stride: 1),
  ]

  /// The offsets of the pixels of each window and channel, in the order of positions.
  private static func members(_ w: metarl_windows) -> [[Int]] {
    (0..<w.images * w.out_height * w.out_width * w.channels).map { index in
      let (channel, place) = (index % w.channels, index / w.channels)
      let (x, y, image) = (place % w.out_width, place / w.out_width % w.out_height, place / w.out_width / w.out_height)
      return (0..<w.window_height * w.window_width).map { position in
        let (row, column) = (y * w.stride + position / w.window_width, x * w.stride + position % w.window_width)
        return ((image * w.height + row) * w.width + column) * w.channels + channel
      }
    }
  }

  @Test(arguments: shapes.indices, runnableLevels) func firstLargestElementIsChosen(_ shape: Int, _ level: String) {
    let w = Self.shapes[shape], members = Self.members(w)
    // Integers from -8 to 8: many windows hold their largest element more than once.
    let images = Float.integers(w.images * w.height * w.width * w.channels, seed: 7)
    let choice = Float.written(members.count) { Float.poolChoose(level, w, images, $0) }
    for (window, position) in zip(members, choice) {
      let largest = window.map { images[$0] }.max()
      #expect(Int(position) == window.firstIndex { images[$0] == largest })
    }
  }

  @Test(arguments: shapes.indices, runnableLevels) func chosenElementsAreReadAndAddedTo(_ shape: Int, _ level: String) {
    let w = Self.shapes[shape], members = Self.members(w)
    let images = Double.integers(w.images * w.height * w.width * w.channels, seed: 8)
    let positions = members.indices.map { ($0 * 7 + 3) % (w.window_height * w.window_width) }
    let choice = positions.map(Double.init)
    let read = Double.written(members.count) { Double.poolGather(level, w, images, choice, $0) }
    #expect(read == zip(members, positions).map { images[$0[$1]] })
    let values = Double.integers(members.count, seed: 9)
    var expected = [Double](repeating: 0, count: images.count)
    for (index, window) in members.enumerated() { expected[window[positions[index]]] += values[index] }
    #expect(Double.written(images.count) { Double.poolScatter(level, w, values, choice, $0) } == expected)
  }

  @Test(arguments: runnableLevels) func notANumberIsLargest(level: String) {
    let w = Self.windows(2, 2, 1, window: 2, stride: 2)
    let images: [Float] = [1, .nan, .infinity, .nan] + [2, -.infinity, 3, 3]
    #expect(Float.written(2) { Float.poolChoose(level, w, images, $0) } == [1, 2])
  }
}
