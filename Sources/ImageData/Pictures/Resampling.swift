#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Resampling of pictures with Lanczos's kernel of three lobes, stretched when a picture shrinks so that no detail finer
/// than a new pixel remains, as the papers' image libraries do under that name.
struct Resampling {
  /// The weights of the old pixels in a row or column that give one new pixel.
  private struct Taps {
    var first: Int
    var weights: [Float]
  }

  private let size: (height: Int, width: Int)
  private let rows: [Taps]
  private let columns: [Taps]

  /// Prepares the resampling of pictures from one size to another.
  init(from old: (height: Int, width: Int), to new: (height: Int, width: Int)) {
    size = new
    rows = Self.taps(from: old.height, to: new.height)
    columns = Self.taps(from: old.width, to: new.width)
  }

  /// Returns a picture of the new size; `picture` must have the old size.
  func callAsFunction(_ picture: Picture) -> Picture {
    let channels = picture.channels
    // The rows are resampled first, to [old height, new width, channels], then the columns.
    var narrow = [Float](repeating: 0, count: picture.height * size.width * channels)
    picture.pixels.withUnsafeBufferPointer { old in
      for row in 0..<picture.height {
        for (column, taps) in columns.enumerated() {
          for channel in 0..<channels {
            var sum: Float = 0
            var position = (row * picture.width + taps.first) * channels + channel
            for weight in taps.weights {
              sum += weight * Float(old[position])
              position += channels
            }
            narrow[(row * size.width + column) * channels + channel] = sum
          }
        }
      }
    }
    let stride = size.width * channels
    var pixels = [UInt8](repeating: 0, count: size.height * stride)
    for (row, taps) in rows.enumerated() {
      for offset in 0..<stride {
        var sum: Float = 0
        for (index, weight) in taps.weights.enumerated() {
          sum += weight * narrow[(taps.first + index) * stride + offset]
        }
        // The kernel overshoots at edges.
        pixels[row * stride + offset] = UInt8(min(max(sum.rounded(), 0), 255))
      }
    }
    return Picture(height: size.height, width: size.width, channels: channels, pixels: pixels)
  }

  private static func taps(from old: Int, to new: Int) -> [Taps] {
    let scale = Double(old) / Double(new)
    let stretch = max(scale, 1)
    return (0..<new).map { index in
      let center = (Double(index) + 0.5) * scale
      let first = max(0, Int((center - 3 * stretch).rounded(.up)))
      let end = min(old, Int((center + 3 * stretch).rounded(.down)) + 1)
      let weights = (first..<max(end, first + 1)).map { lanczos((Double($0) + 0.5 - center) / stretch) }
      let sum = weights.reduce(0, +)
      return Taps(first: min(first, old - 1), weights: weights.prefix(old - first).map { Float($0 / sum) })
    }
  }

  /// Returns sinc(x) sinc(x / 3) between -3 and 3, and 0 elsewhere.
  private static func lanczos(_ x: Double) -> Double {
    if x == 0 { return 1 }
    guard abs(x) < 3 else { return 0 }
    return 3 * sin(.pi * x) * sin(.pi * x / 3) / (.pi * .pi * x * x)
  }
}
