/// A hash of 64 bits that detects damage and differences; it does not withstand deliberate forgery.
///
/// XXH64 with the seed 0, by its specification (xxHash fast digest algorithm, version 0.1.1); any tool of that name gives
/// the same number.
package struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
  /// The hash as a number.
  let value: UInt64

  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// Creates the hash of bytes.
  package init(of bytes: [UInt8]) {
    value = bytes.withUnsafeBytes { Self.hash($0) }
  }

  /// Creates a hash from the text that `description` writes; nil for any other text.
  package init?(_ text: some StringProtocol) {
    let isHexadecimal = text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    guard text.utf8.count == 16, isHexadecimal, let value = UInt64(text, radix: 16) else { return nil }
    self.value = value
  }

  /// The hash as 16 hexadecimal digits.
  package var description: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    func lane(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var offset = 0
    var hash = prime5
    if bytes.count >= 32 {
      var sums = (prime1 &+ prime2, prime2, UInt64(0), 0 &- prime1)
      while offset + 32 <= bytes.count {
        sums.0 = round(sums.0, lane(offset))
        sums.1 = round(sums.1, lane(offset + 8))
        sums.2 = round(sums.2, lane(offset + 16))
        sums.3 = round(sums.3, lane(offset + 24))
        offset += 32
      }
      hash = turned(sums.0, 1) &+ turned(sums.1, 7) &+ turned(sums.2, 12) &+ turned(sums.3, 18)
      for sum in [sums.0, sums.1, sums.2, sums.3] { hash = (hash ^ round(0, sum)) &* prime1 &+ prime4 }
    }
    hash = hash &+ UInt64(bytes.count)
    while offset + 8 <= bytes.count {
      hash = turned(hash ^ round(0, lane(offset)), 27) &* prime1 &+ prime4
      offset += 8
    }
    if offset + 4 <= bytes.count {
      let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      hash = turned(hash ^ (UInt64(half) &* prime1), 23) &* prime2 &+ prime3
      offset += 4
    }
    for byte in bytes[offset...] { hash = turned(hash ^ (UInt64(byte) &* prime5), 11) &* prime1 }
    return avalanche(hash)
  }

  private static func round(_ sum: UInt64, _ lane: UInt64) -> UInt64 {
    turned(sum &+ lane &* prime2, 31) &* prime1
  }

  private static func avalanche(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ (hash >> 33)) &* prime2
    hash = (hash ^ (hash >> 29)) &* prime3
    return hash ^ (hash >> 32)
  }

  private static func turned(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}

// The hashed bytes: every text and every list follows its length, so that no two contents have the same bytes.
extension CheckpointContents {
  /// The hash of the tensors with their names and shapes, whatever their order, and of the metadata.
  package var fingerprint: Fingerprint {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1_024 + tensors.reduce(0) { $0 + 4 * $1.values.count })
    bytes.append(number: metadata.count)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      bytes.append(text: key)
      bytes.append(text: value)
    }
    bytes.append(number: tensors.count)
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      bytes.append(text: tensor.name)
      bytes.append(number: tensor.shape.count)
      for size in tensor.shape { bytes.append(number: size) }
      bytes.append(littleEndian: tensor.values)
    }
    return Fingerprint(of: bytes)
  }
}

extension MetricsRow {
  /// The hash of the names and numbers of the columns, none of which measures wall-clock time.
  var fingerprint: Fingerprint {
    var bytes: [UInt8] = []
    bytes.append(number: environmentSteps)
    for (name, value) in values {
      bytes.append(text: name)
      bytes.append(number: Int(bitPattern: UInt(value.bitPattern)))
    }
    return Fingerprint(of: bytes)
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: Int) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    append(number: text.utf8.count)
    append(contentsOf: text.utf8)
  }

  /// Appends the bytes of numbers as a file of tensors stores them.
  mutating func append(littleEndian values: [Float]) {
    #if _endian(little)
      values.withUnsafeBytes { append(contentsOf: $0) }
    #else
      for value in values {
        Swift.withUnsafeBytes(of: value.bitPattern.littleEndian) { append(contentsOf: $0) }
      }
    #endif
  }
}
