import CPNG

/// A decoder of PNG files by libpng: it returns stored values, as the papers' loaders do, without colour management.
enum PNGDecoder {
  static func decode(_ bytes: [UInt8], as colors: Picture.Colors, name: String) throws(DataError) -> Picture {
    // libpng refers to the bytes from the first call to the last.
    return try bytes.withUnsafeBufferPointer { source throws(DataError) in
      var shape = metarl_png_shape()
      guard let reader = metarl_png_open(source.baseAddress, source.count, &shape) else {
        preconditionFailure("no memory for a PNG decoder")
      }
      defer { metarl_png_close(reader) }
      try check(reader, name)
      let (height, width, channels) = (Int(shape.height), Int(shape.width), Int(shape.channels))
      let count = try Picture.checkedCount(width: width, height: height, channels: channels, name: name)
      var pixels = [UInt8](repeating: 0, count: count)
      metarl_png_read(reader, &pixels)
      try check(reader, name)
      // A pixel of two or four values has one or three colour values and an opacity.
      if channels.isMultiple(of: 2) { pixels = PixelColors.overWhite(pixels, channels: channels) }
      let picture = Picture(height: height, width: width, channels: channels < 3 ? 1 : 3, pixels: pixels)
      return picture.converted(to: colors)
    }
  }

  private static func check(_ reader: OpaquePointer, _ name: String) throws(DataError) {
    guard let fault = metarl_png_fault(reader) else { return }
    throw DataError(at: name, expected: "a whole PNG", found: "a damaged one (\(String(cString: fault)))")
  }
}
