/// A decoded picture: 8 bits per channel, rows from the top, channels last.
struct Picture: Equatable {
  /// The number of rows.
  let height: Int
  /// The number of pixels in a row.
  let width: Int
  /// The number of channels: 1 for grey, 3 for red, green and blue.
  let channels: Int
  /// The values with the shape `[height, width, channels]`.
  var pixels: [UInt8]

  /// The colours to which a decoder converts a file.
  enum Colors: Sendable {
    case gray, rgb

    var channels: Int { self == .gray ? 1 : 3 }
  }

  /// The largest picture that is decoded, in pixels: 5,800 by 5,800. A header can claim any size.
  static let greatestPixelCount = 1 << 25
  /// The largest picture file, in bytes.
  static let greatestFileSize = 1 << 25

  /// Creates a picture; the number of `pixels` must match its size.
  init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == height * width * channels, "\(pixels.count) values are no picture of \(height) x \(width)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes a PNG or a JPEG, which differ in their first bytes.
  /// - Parameter name: the name with which an error begins.
  init(decoding bytes: [UInt8], as colors: Colors, name: String) throws(DataError) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      self = try PNGDecoder.decode(bytes, as: colors, name: name)
    } else if bytes.starts(with: [0xFF, 0xD8]) {
      self = try JPEGDecoder.decode(bytes, as: colors, name: name)
    } else {
      throw DataError(at: "\(name): byte 0", expected: "a PNG or a JPEG", found: Self.beginning(of: bytes))
    }
  }

  private static func beginning(of bytes: [UInt8]) -> String {
    guard !bytes.isEmpty else { return "an empty file" }
    let digits = bytes.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    return "the bytes \(digits.joined(separator: " "))"
  }

  /// Returns the number of values of a picture whose size a header claims.
  /// - Throws: `DataError` where the size is not one that may be decoded.
  static func checkedCount(width: Int, height: Int, channels: Int, name: String) throws(DataError) -> Int {
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, count <= greatestPixelCount else {
      throw DataError(
        at: name, expected: "a picture of 1 to \(greatestPixelCount) pixels",
        found: "\(width) x \(height) in its header")
    }
    return count * channels
  }
}
