/// How numbers of 8 bits become other ones, with the roundings of Pillow, whose conversions the papers' loaders use.
enum PixelColors {
  /// Pixels on a white page: of `channels` numbers a pixel the last is the opacity, and goes.
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

  /// The luma of red, green and blue: 0.299, 0.587 and 0.114 of them (ITU-R BT.601), in 16 bits of fraction.
  static func gray(_ pixels: [UInt8]) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { start in
      let (red, green, blue) = (Int(pixels[start]), Int(pixels[start + 1]), Int(pixels[start + 2]))
      return UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 0x8000) >> 16)
    }
  }

  /// Red, green and blue of four inks that are stored inverted, as Adobe's programs and hence all others do:
  /// 255 is no ink.
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
  /// The picture in these colours.
  func converted(to colors: Colors) -> Picture {
    guard colors.channels != channels else { return self }
    let pixels = channels == 3 ? PixelColors.gray(pixels) : pixels.flatMap { [$0, $0, $0] }
    return Picture(height: height, width: width, channels: colors.channels, pixels: pixels)
  }
}
