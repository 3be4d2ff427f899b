import CPNG

/// Decodes PNG files by libpng's simplified interface, which keeps its long jumps to itself.
enum PNGDecoder {
  static func decode(_ bytes: [UInt8], as colors: Picture.Colors, name: String) throws(DataError) -> Picture {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // libpng refers to the bytes from the first call to the last.
    return try bytes.withUnsafeBufferPointer { source throws(DataError) in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
        throw fault(image, name)
      }
      image.format = png_uint_32(colors == .gray ? PNG_FORMAT_GRAY : Int32(PNG_FORMAT_FLAG_COLOR))
      let (width, height) = (Int(image.width), Int(image.height))
      let count = try Picture.checkedCount(width: width, height: height, channels: colors.channels, name: name)
      var pixels = [UInt8](repeating: 0, count: count)
      // What is transparent shows black; a stride of 0 is a row's own length.
      var background = png_color(red: 0, green: 0, blue: 0)
      guard png_image_finish_read(&image, &background, &pixels, 0, nil) != 0 else { throw fault(image, name) }
      return Picture(height: height, width: width, channels: colors.channels, pixels: pixels)
    }
  }

  private static func fault(_ image: png_image, _ name: String) -> DataError {
    var message = image.message
    let reason = withUnsafeBytes(of: &message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return DataError(at: name, expected: "a whole PNG", found: "a damaged one (\(reason))")
  }
}
