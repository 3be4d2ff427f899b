import CPNG
import CTurboJPEG

/// Pictures made by the writing halves of libpng and libjpeg-turbo.
public enum PictureFixtures {
  /// A PNG of 8 bits a channel; 1 channel is grey, 3 are red, green and blue.
  public static func png(height: Int, width: Int, channels: Int, _ pixels: [UInt8]) -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(channels == 1 ? PNG_FORMAT_GRAY : Int32(PNG_FORMAT_FLAG_COLOR))
    var size = 0
    precondition(png_image_write_to_memory(&image, nil, &size, 0, pixels, 0, nil) != 0, "no PNG")
    var bytes = [UInt8](repeating: 0, count: size)
    precondition(png_image_write_to_memory(&image, &bytes, &size, 0, pixels, 0, nil) != 0, "no PNG")
    return Array(bytes[..<size])
  }

  /// A JPEG of red, green and blue.
  public static func jpeg(height: Int, width: Int, _ pixels: [UInt8], isProgressive: Bool = false) -> [UInt8] {
    compressed(height: height, width: width, pixels, TJPF_RGB, flags: isProgressive ? TJFLAG_PROGRESSIVE : 0)
  }

  /// A JPEG of grey.
  public static func jpeg(height: Int, width: Int, gray: [UInt8]) -> [UInt8] {
    compressed(height: height, width: width, gray, TJPF_GRAY, flags: 0)
  }

  private static func compressed(
    height: Int, width: Int, _ pixels: [UInt8], _ format: TJPF, flags: Int32
  ) -> [UInt8] {
    guard let handle = tjInitCompress() else { preconditionFailure("no memory for a JPEG") }
    defer { tjDestroy(handle) }
    var buffer: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    let status = tjCompress2(
      handle, pixels, Int32(width), 0, Int32(height), Int32(format.rawValue), &buffer, &size,
      Int32((format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444).rawValue), 95, flags)
    precondition(status == 0, "no JPEG")
    defer { tjFree(buffer) }
    return Array(UnsafeBufferPointer(start: buffer, count: Int(size)))
  }

  /// A JPEG of four inks as Adobe's programs write it: 255 is no ink.
  /// - Parameter transform: of the Adobe marker: 2 for luma, two differences and black (YCCK), 0 for the inks themselves,
  ///   as which the numbers are then taken.
  public static func jpeg(height: Int, width: Int, inks: [UInt8], transform: UInt8) -> [UInt8] {
    var bytes = compressed(height: height, width: width, inks, TJPF_CMYK, flags: 0)
    guard let marker = bytes.indices.first(where: { bytes[$0...].starts(with: Array("Adobe".utf8)) }) else {
      preconditionFailure("no Adobe marker")
    }
    bytes[marker + 11] = transform
    return bytes
  }

  /// The same JPEG with a note of the camera that it must be turned: a segment APP1 with the tag 0x0112.
  public static func withOrientation(_ orientation: UInt8, _ jpeg: [UInt8]) -> [UInt8] {
    let tiff: [UInt8] =
      [0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0] + [0, 0, 0, 0]
    let segment = Array("Exif".utf8) + [0, 0] + tiff
    return Array(jpeg[..<2]) + [0xFF, 0xE1] + PNGForm.bytes(segment.count + 2, 2) + segment + Array(jpeg[2...])
  }

  /// The same PNG whose chunks have the right checksums again: what a header says is then believed.
  public static func withChecksums(_ png: [UInt8]) -> [UInt8] {
    var bytes = png
    var start = 8
    while start + 12 <= bytes.count {
      let length = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= bytes.count - start - 12 else { break }
      let end = start + 8 + length
      let checksum = crc32(bytes[start + 4..<end])
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * index)) }
      start = end + 4
    }
    return bytes
  }

  /// The checksum of PNG (its specification, annex D).
  private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~crc
  }
}
