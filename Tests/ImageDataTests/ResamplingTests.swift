@testable import ImageData
import Testing

@Suite struct ResamplingTests {
  /// The weights of a pixel sum to 1: a picture of one colour stays what it is.
  @Test(arguments: [(105, 28), (28, 28), (5, 84), (500, 84), (1, 7), (7, 1)])
  func oneColourStays(old: Int, new: Int) {
    let resampling = Resampling(from: (old, old + 1), to: (new, new + 2))
    let picture = Picture(
      height: old, width: old + 1, channels: 3, pixels: (0..<old * (old + 1)).flatMap { _ in [0, 77, 255] as [UInt8] })
    let result = resampling(picture)
    #expect(result.height == new && result.width == new + 2)
    #expect(result.pixels == (0..<new * (new + 2)).flatMap { _ in [0, 77, 255] as [UInt8] })
  }

  @Test func sameSizeIsTheSamePicture() {
    // At scale 1 the kernel is 1 at the pixel and 0 at all others.
    let pixels = (0..<11 * 7).map { UInt8($0 * 3) }
    let picture = Picture(height: 11, width: 7, channels: 1, pixels: pixels)
    #expect(Resampling(from: (11, 7), to: (11, 7))(picture) == picture)
  }

  @Test func slopeStaysASlope() {
    // A kernel that is symmetric about a pixel's centre leaves a linear function as it is, away from the edges.
    let picture = Picture(height: 1, width: 120, channels: 1, pixels: (0..<120).map { UInt8(2 * $0) })
    let result = Resampling(from: (1, 120), to: (1, 30))(picture)
    for column in 4..<26 {
      // The centre of the new pixel is at 4 column + 1.5; half a step of 8 bits is lost.
      let center = 4 * Double(column) + 1.5
      #expect(abs(Double(result.pixels[column]) - 2 * center) <= 0.5 + 1e-3)
    }
  }

  @Test func stripesFinerThanAPixelBecomeTheirMean() {
    // A third of the columns is white: 85. The kernel lets less than 3% of so fine a pattern pass.
    let picture = Picture(height: 1, width: 120, channels: 1, pixels: (0..<120).map { $0 % 3 == 0 ? 255 : 0 })
    let result = Resampling(from: (1, 120), to: (1, 30))(picture)
    for column in 4..<26 { #expect(abs(Int(result.pixels[column]) - 85) <= 8) }
  }

  @Test func turnedPictureBecomesTheTurnedResult() {
    // Rows and columns are treated alike.
    let pixels: [UInt8] = (0..<105 * 105).map { (index: Int) in
      UInt8(truncatingIfNeeded: index &* 2_654_435_761 >> 24)
    }
    let resampling = Resampling(from: (105, 105), to: (28, 28))
    let result = resampling(Picture(height: 105, width: 105, channels: 1, pixels: pixels)).pixels
    let turned = Picture(height: 105, width: 105, channels: 1, pixels: transposed(pixels, side: 105))
    let other = transposed(resampling(turned).pixels, side: 28)
    for (first, second) in zip(result, other) {
      // Sums in another order may round to the next step.
      #expect(abs(Int(first) - Int(second)) <= 1)
    }
    #expect(Set(result).count > 20)
  }

  private func transposed(_ pixels: [UInt8], side: Int) -> [UInt8] {
    var result: [UInt8] = []
    for row in 0..<side { for column in 0..<side { result.append(pixels[column * side + row]) } }
    return result
  }
}
