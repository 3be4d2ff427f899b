@testable import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The operations of cells on images, against loops, and their derivatives against finite differences.
@Suite struct ImageOperationTests {
  /// What a loop computes of the pixels of a channel inside of a window, the window's centre every `stride` pixels.
  private static func loop(
    _ images: Tensor<Double>, window: Int, stride: Int,
    _ value: (_ pixels: [(row: Int, column: Int, value: Double)], _ channel: Int) -> Double
  ) -> [Double] {
    let sizes = images.shape.sizes.suffix(3).map { $0 }
    let (height, width, channels) = (sizes[0], sizes[1], sizes[2])
    let count = images.shape.count / (height * width * channels)
    var results: [Double] = []
    for image in 0..<count {
      for row in Swift.stride(from: 0, to: height, by: stride) {
        for column in Swift.stride(from: 0, to: width, by: stride) {
          for channel in 0..<channels {
            var pixels: [(row: Int, column: Int, value: Double)] = []
            for y in 0..<window {
              for x in 0..<window {
                let (r, c) = (row + y - window / 2, column + x - window / 2)
                guard (0..<height).contains(r), (0..<width).contains(c) else { continue }
                pixels.append((y, x, images.scalars[((image * height + r) * width + c) * channels + channel]))
              }
            }
            results.append(value(pixels, channel))
          }
        }
      }
    }
    return results
  }

  private static let sizes: [Shape] = [[2, 5, 4, 3], [2, 1, 3, 5, 2], [1, 1, 1, 2]]

  private func expect(_ found: Tensor<Double>, _ expected: [Double], of images: Tensor<Double>, stride: Int) {
    let sizes = images.shape.sizes
    let rank = sizes.count
    let halved = [sizes[rank - 3], sizes[rank - 2]].map { ($0 + stride - 1) / stride }
    #expect(found.shape == Shape(sizes.dropLast(3) + halved + [sizes[rank - 1]]))
    #expect(found.scalars.count == expected.count)
    // Sums of up to 25 products of numbers below 1.
    for (a, b) in zip(found.scalars, expected) { #expect(abs(a - b) < 1e-14) }
  }

  @Test(arguments: sizes, [1, 2]) func poolingSeesThePixelsInsideAlone(_ shape: Shape, _ stride: Int) {
    // Below 0 everywhere, so that a border of zeros would show.
    let images: Tensor<Double> = testValues(shape, seed: 3) - 2
    expect(
      paddedMaxPool(images, window: 3, stride: stride),
      Self.loop(images, window: 3, stride: stride) { pixels, _ in pixels.map(\.value).max() ?? 0 }, of: images,
      stride: stride)
    expect(
      paddedMeanPool(images, window: 3, stride: stride),
      Self.loop(images, window: 3, stride: stride) { pixels, _ in
        pixels.map(\.value).reduce(0, +) / Double(pixels.count)
      }, of: images, stride: stride)
    expect(
      subsampled(images, stride: stride),
      Self.loop(images, window: 1, stride: stride) { pixels, _ in pixels[0].value }, of: images, stride: stride)
  }

  @Test(arguments: sizes, [3, 5]) func channelsAreConvolvedApart(_ shape: Shape, _ window: Int) {
    let channels = shape[shape.rank - 1]
    let images: Tensor<Double> = testValues(shape, seed: 4)
    let weight: Tensor<Double> = testValues([window, window, 1, channels], seed: 5)
    for stride in 1...2 {
      let expected = Self.loop(images, window: window, stride: stride) { pixels, channel in
        pixels.map { $0.value * weight.scalars[($0.row * window + $0.column) * channels + channel] }.reduce(0, +)
      }
      expect(depthwiseConvolution(images, weight, stride: stride), expected, of: images, stride: stride)
    }
  }

  private static let cases:
    [(name: String, shapes: [Shape], function: @Sendable ([Tensor<Double>]) -> Tensor<Double>)] =
      [
        ("depthwise", [[2, 4, 3, 2], [3, 3, 1, 2]], { depthwiseConvolution($0[0], $0[1], stride: 1) }),
        ("depthwise, half", [[1, 5, 4, 2], [5, 5, 1, 2]], { depthwiseConvolution($0[0], $0[1], stride: 2) }),
        (
          "depthwise of tasks", [[2, 1, 3, 3, 2], [2, 3, 3, 1, 2]], { depthwiseConvolution($0[0], $0[1], stride: 1) }
        ),
        ("maximum", [[2, 4, 3, 2]], { paddedMaxPool($0[0], window: 3, stride: 1) }),
        ("maximum, half", [[2, 1, 5, 4, 1]], { paddedMaxPool($0[0], window: 3, stride: 2) }),
        ("mean", [[2, 4, 3, 2]], { paddedMeanPool($0[0], window: 3, stride: 1) }),
        ("mean, half", [[2, 1, 5, 4, 1]], { paddedMeanPool($0[0], window: 3, stride: 2) }),
        ("subsampling", [[2, 5, 4, 2]], { subsampled($0[0], stride: 2) }),
      ]

  @Test(arguments: cases.indices) func derivativesAreThoseOfFiniteDifferences(_ number: Int) {
    let (name, shapes, function) = Self.cases[number]
    let point = shapes.enumerated().map { testValues($1, seed: $0 + 1) as Tensor<Double> }
    let objective: TensorFunction = { arguments in
      let result = function(arguments)
      let weights: Tensor<Double> = testValues(result.shape, seed: 50)
      return (tanh(result) * weights).sum()
    }
    // The tolerance's reason stands at GradientCheck.
    #expect(GradientCheck.firstOrderError(at: point, of: objective) < 1e-7, "\(name)")
    #expect(GradientCheck.secondOrderError(at: point, of: objective) < 1e-7, "\(name)")
  }
}
