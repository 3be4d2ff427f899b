/// Conversions of 8-bit values with the rounding of Pillow, whose conversions the papers' loaders use.
enum PixelColors {
  /// Returns pixels composed over a white background: the last of the `channels` values of a pixel is its opacity, which is
  /// removed.
  static func overWhite(_ pixels: [UInt8], channels: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count / channels * (channels - 1))
    for start in stride(from: 0, to: pixels.count, by: channels) {
      let opacity = Int(pixels[start + channels - 1])
      for color in pixels[start..<start + channels - 1] {
        result.append(UInt8((Int(color) * opacity + 255 * (255 - opacity) + 127) / 255))
      }
    }
    return result
  }

  /// Returns the luma of red, green and blue: their sum with weights 0.299, 0.587 and 0.114 (ITU-R BT.601), in fixed point
  /// with 16 fractional bits.
  static func gray(_ pixels: [UInt8]) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { start in
      let (red, green, blue) = (Int(pixels[start]), Int(pixels[start + 1]), Int(pixels[start + 2]))
      return UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16)
    }
  }

  /// Returns red, green and blue from four inks that are stored inverted, as Adobe's programs and hence all others store
  /// them: 255 is no ink.
  static func rgb(invertedInks pixels: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count / 4 * 3)
    for start in stride(from: 0, to: pixels.count, by: 4) {
      let light = Int(pixels[start + 3])
      for ink in pixels[start..<start + 3] {
        let product = (255 - Int(ink)) * light + 128
        result.append(UInt8(light - ((product >> 8) + product) >> 8))
      }
    }
    return result
  }
}

extension Picture {
  /// Returns the picture converted to the given colours.
  func converted(to colors: Colors) -> Picture {
    guard colors.channels != channels else { return self }
    let pixels = channels == 3 ? PixelColors.gray(pixels) : pixels.flatMap { [$0, $0, $0] }
    return Picture(height: height, width: width, channels: colors.channels, pixels: pixels)
  }
}
