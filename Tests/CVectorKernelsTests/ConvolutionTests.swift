import CVectorKernels
import Testing

/// A convolution's sizes.
struct ConvolutionShape: CustomTestStringConvertible, Sendable {
  var images = 2
  var height: Int
  var width: Int
  var channels: Int
  var filters: Int
  var windowHeight = 3
  var windowWidth = 3
  var stride = 1
  var padding = 0

  var testDescription: String {
    "\(images) x \(height) x \(width) x \(channels), \(windowHeight) x \(windowWidth) to \(filters), stride \(stride), "
      + "padding \(padding)"
  }

  var windows: metarl_windows {
    metarl_windows(
      images: images, height: height, width: width, channels: channels, window_height: windowHeight,
      window_width: windowWidth, stride: stride, padding: padding,
      out_height: (height + 2 * padding - windowHeight) / stride + 1,
      out_width: (width + 2 * padding - windowWidth) / stride + 1)
  }

  var imageCount: Int { images * height * width * channels }
  var filterCount: Int { windowHeight * windowWidth * channels * filters }
  var resultCount: Int { images * windows.out_height * windows.out_width * filters }

  /// Calls `body` with the offsets of a pixel, a weight and a result for each product that a convolution adds up.
  func eachProduct(_ body: (_ image: Int, _ weight: Int, _ result: Int) -> Void) {
    let windows = windows
    for place in 0..<images * windows.out_height * windows.out_width {
      let (x, rest) = (place % windows.out_width, place / windows.out_width)
      let (y, image) = (rest % windows.out_height, rest / windows.out_height)
      for position in 0..<windowHeight * windowWidth {
        let imageY = y * stride - padding + position / windowWidth
        let imageX = x * stride - padding + position % windowWidth
        guard (0..<height).contains(imageY), (0..<width).contains(imageX) else { continue }
        for channel in 0..<channels {
          let pixel = ((image * height + imageY) * width + imageX) * channels + channel
          for filter in 0..<filters {
            body(pixel, (position * channels + channel) * filters + filter, place * filters + filter)
          }
        }
      }
    }
  }

  static let all: [ConvolutionShape] = [
    ConvolutionShape(height: 5, width: 4, channels: 1, filters: 1),
    ConvolutionShape(height: 28, width: 28, channels: 1, filters: 17, stride: 2, padding: 1),
    ConvolutionShape(images: 3, height: 7, width: 7, channels: 16, filters: 5, stride: 2, padding: 1),
    ConvolutionShape(images: 30, height: 4, width: 4, channels: 20, filters: 33, stride: 2, padding: 1),
    ConvolutionShape(
      images: 1, height: 6, width: 9, channels: 3, filters: 4, windowHeight: 2, windowWidth: 5, padding: 3),
    ConvolutionShape(images: 1, height: 3, width: 2, channels: 130, filters: 2, windowHeight: 1, windowWidth: 2),
    // A row of a window that is longer than a panel.
    ConvolutionShape(images: 2, height: 4, width: 3, channels: 130, filters: 3, stride: 2, padding: 1),
    ConvolutionShape(images: 2, height: 10, width: 11, channels: 2, filters: 130, stride: 3, padding: 2),
    ConvolutionShape(images: 1, height: 1, width: 1, channels: 2, filters: 3, padding: 1),
    ConvolutionShape(images: 0, height: 4, width: 4, channels: 2, filters: 3),
  ]
}

/// Convolutions of small integers, whose sums are exact in any order, against the plain loop: nothing is tolerated.
@Suite struct ConvolutionTests {
  private func expectExact(
    _ shape: ConvolutionShape, count: Int, expected: [Double],
    _ float: (String, UnsafeMutablePointer<Float>) -> Void, _ double: (String, UnsafeMutablePointer<Double>) -> Void
  ) {
    for level in runnableLevels {
      #expect(Float.written(count) { float(level, $0) } == expected.map(Float.init), "\(level) Float")
      #expect(Double.written(count) { double(level, $0) } == expected, "\(level) Double")
    }
  }

  @Test(arguments: ConvolutionShape.all) func resultIsTheSumOverEachWindow(_ shape: ConvolutionShape) {
    let images = Double.integers(shape.imageCount, seed: 1), weights = Double.integers(shape.filterCount, seed: 2)
    var expected = [Double](repeating: 0, count: shape.resultCount)
    shape.eachProduct { expected[$2] += images[$0] * weights[$1] }
    let (windows, floatImages, floatWeights) = (shape.windows, images.map(Float.init), weights.map(Float.init))
    expectExact(
      shape, count: shape.resultCount, expected: expected,
      { Float.convolve($0, windows, shape.filters, floatImages, floatWeights, $1) },
      { Double.convolve($0, windows, shape.filters, images, weights, $1) })
  }

  @Test(arguments: ConvolutionShape.all) func inputGradientIsTheAdjoint(_ shape: ConvolutionShape) {
    let gradient = Double.integers(shape.resultCount, seed: 3), weights = Double.integers(shape.filterCount, seed: 4)
    var expected = [Double](repeating: 0, count: shape.imageCount)
    shape.eachProduct { expected[$0] += gradient[$2] * weights[$1] }
    // The kernel takes the weights with the last two axes exchanged.
    let (channels, filters) = (shape.channels, shape.filters)
    let turned = weights.indices.map { index in
      let (position, rest) = (index / (channels * filters), index % (channels * filters))
      return weights[position * channels * filters + rest % channels * filters + rest / channels]
    }
    let (windows, floatGradient, floatTurned) = (shape.windows, gradient.map(Float.init), turned.map(Float.init))
    expectExact(
      shape, count: shape.imageCount, expected: expected,
      { Float.convolveInputGradient($0, windows, shape.filters, floatGradient, floatTurned, $1) },
      { Double.convolveInputGradient($0, windows, shape.filters, gradient, turned, $1) })
  }

  @Test(arguments: ConvolutionShape.all) func filterGradientIsTheAdjoint(_ shape: ConvolutionShape) {
    let images = Double.integers(shape.imageCount, seed: 5), gradient = Double.integers(shape.resultCount, seed: 6)
    var expected = [Double](repeating: 0, count: shape.filterCount)
    shape.eachProduct { expected[$1] += images[$0] * gradient[$2] }
    let (windows, floatImages, floatGradient) = (shape.windows, images.map(Float.init), gradient.map(Float.init))
    expectExact(
      shape, count: shape.filterCount, expected: expected,
      { Float.convolveFilterGradient($0, windows, shape.filters, floatImages, floatGradient, $1) },
      { Double.convolveFilterGradient($0, windows, shape.filters, images, gradient, $1) })
  }
}
