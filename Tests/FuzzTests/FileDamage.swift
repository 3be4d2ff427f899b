extension Mutation {
  /// Numbers that lie at the edges of what fits, big-endian.
  private static let edges: [[UInt8]] = [
    [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0xFF, 0xFF],
    [0, 1, 0, 0], [0xFF, 0xFF], [0, 0], [0x80, 0],
  ]

  /// One change of a file.
  mutating func changeFile(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes = [UInt8(below(256))]
      return
    }
    let place = below(bytes.count)
    let length = min(bytes.count - place, 1 + below(1 + below(64)))
    switch below(8) {
    case 0: bytes[place] ^= 1 << UInt8(below(8))
    case 1: bytes[place] = UInt8(below(256))
    case 2, 3:
      let edge = element(of: Self.edges)
      for (offset, byte) in edge.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
    case 4: bytes.removeSubrange(place..<place + length)
    case 5: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: below(bytes.count))
    case 6: bytes.removeLast(min(bytes.count, below(1 + bytes.count / 4)))
    default:
      // Beginnings hold the sizes.
      bytes[below(min(bytes.count, 64))] = element(of: [0, 1, 0x7F, 0x80, 0xFF])
    }
  }
}
