/// A PNG in any of the forms of its specification, put together byte by byte: libpng writes only some of them.
public struct PNGForm: Sendable {
  /// 0 grey, 2 red, green and blue, 3 numbers of a palette, 4 grey and opacity, 6 colours and opacity.
  public var colorType: Int
  /// Of each number.
  public var bits: Int
  /// Whether the picture comes in the seven passes of Adam7.
  public var isInterlaced = false
  /// Chunks between the header and the pixels.
  public var chunks: [(type: String, bytes: [UInt8])] = []

  /// A form without anything more.
  public init(colorType: Int, bits: Int, isInterlaced: Bool = false, chunks: [(type: String, bytes: [UInt8])] = []) {
    (self.colorType, self.bits, self.isInterlaced, self.chunks) = (colorType, bits, isInterlaced, chunks)
  }

  private var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colorType] ?? 1 }

  /// A file with these numbers, `[height, width, channels]`.
  public func file(height: Int, width: Int, _ numbers: [Int]) -> [UInt8] {
    precondition(numbers.count == height * width * channels, "\(numbers.count) numbers are no picture")
    // Where each pass begins and its steps, in rows and columns (section 8.2 of the specification).
    let interlaced: [[Int]] = [
      [0, 0, 8, 8], [0, 4, 8, 8], [4, 0, 8, 4], [0, 2, 4, 4], [2, 0, 4, 2], [0, 1, 2, 2], [1, 0, 2, 1],
    ]
    var lines: [UInt8] = []
    for pass in isInterlaced ? interlaced : [[0, 0, 1, 1]] where pass[1] < width {
      for row in stride(from: pass[0], to: height, by: pass[2]) {
        var line: [Int] = []
        for column in stride(from: pass[1], to: width, by: pass[3]) {
          let start = (row * width + column) * channels
          line += numbers[start..<start + channels]
        }
        // Before each line, that it is not filtered.
        lines += [0] + packed(line)
      }
    }
    var header = Self.bytes(width, 4) + Self.bytes(height, 4)
    header += [UInt8(bits), UInt8(colorType), 0, 0, isInterlaced ? 1 : 0]
    var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    for chunk in [("IHDR", header)] + chunks + [("IDAT", Self.zlib(lines)), ("IEND", [])] {
      png += Self.bytes(chunk.1.count, 4) + Array(chunk.0.utf8) + chunk.1 + [0, 0, 0, 0]
    }
    return PictureFixtures.withChecksums(png)
  }

  /// Numbers of `bits` bits in bytes, the first one highest.
  private func packed(_ line: [Int]) -> [UInt8] {
    if bits >= 8 { return line.flatMap { Self.bytes($0, bits / 8) } }
    let inByte = 8 / bits
    return stride(from: 0, to: line.count, by: inByte).map { start in
      (0..<inByte).reduce(UInt8(0)) { byte, index in
        byte << UInt8(bits) | UInt8(start + index < line.count ? line[start + index] : 0)
      }
    }
  }

  static func bytes(_ number: Int, _ count: Int) -> [UInt8] {
    (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  /// A stream of blocks that are stored as they are (RFC 1950, 1951).
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 65_536, "\(bytes.count) bytes are more than a block")
    let length = [UInt8(bytes.count & 255), UInt8(bytes.count >> 8)]
    let (low, high) = bytes.reduce((1, 0)) { sums, byte in
      let low = (sums.0 + Int(byte)) % 65_521
      return (low, (sums.1 + low) % 65_521)
    }
    return [0x78, 1, 1] + length + length.map { ~$0 } + bytes + Self.bytes(high, 2) + Self.bytes(low, 2)
  }
}
