extension Mutation {
  /// Numbers that trap or allocate where nobody looks.
  private static let numbers = [
    "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
    "4294967296", "2147483648", "1e999", "-1e999", "nan", "inf", "-0", "0x10", "1_000", "1e-320", "3.4e39", "٣",
    "1e308",
  ]

  /// One change of a text.
  mutating func changeText(_ bytes: inout [UInt8], tokens: [String], seeds: [[UInt8]]) {
    let place = below(bytes.count + 1)
    switch below(10) {
    case 0:
      if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
    case 1:
      if place < bytes.count { bytes[place] = element(of: [0, 0x0A, 0x20, 0x22, 0x2C, 0x3A, 0x7F, 0x80, 0xC3, 0xFF]) }
    case 2: bytes.removeSubrange(piece(of: bytes).indices)
    case 3: bytes.insert(contentsOf: piece(of: bytes), at: place)
    case 4: bytes.insert(contentsOf: piece(of: element(of: seeds)), at: place)
    case 5: bytes.insert(contentsOf: element(of: tokens).utf8, at: place)
    case 6: bytes.insert(contentsOf: element(of: Self.numbers).utf8, at: place)
    case 7: replaceNumber(in: &bytes, near: place)
    case 8: bytes.removeSubrange(place...)
    default:
      // Nesting and repetition.
      let token = Array(element(of: tokens).utf8)
      bytes.insert(contentsOf: (0..<(1 << below(10))).flatMap { _ in token }, at: place)
    }
  }

  /// A piece of an input, of at most 64 bytes.
  private mutating func piece(of bytes: [UInt8]) -> ArraySlice<UInt8> {
    let start = below(bytes.count + 1)
    return bytes[start..<min(bytes.count, start + below(65))]
  }

  /// A number that stands in the input gives way to another.
  private mutating func replaceNumber(in bytes: inout [UInt8], near place: Int) {
    func isPart(_ byte: UInt8) -> Bool { "0123456789.-+e".utf8.contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isPart) else { return }
    let end = bytes[start...].firstIndex { !isPart($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: element(of: Self.numbers).utf8)
  }
}
