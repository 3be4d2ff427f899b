import RandomStreams

/// Damages files at random, the same way for the same stream.
struct Mutator {
  private var stream: RandomStream

  init(seed: Int) { stream = RandomAddress(seed: 5, purpose: .test, task: seed >> 12, episode: seed & 0xFFF).stream }

  mutating func index(below count: Int) -> Int { Int(stream.uniform() * Double(count)) }

  /// Numbers that lie at the edges of what fits, big-endian.
  private static let edges: [[UInt8]] = [
    [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0xFF, 0xFF],
    [0, 1, 0, 0], [0xFF, 0xFF], [0, 0], [0x80, 0],
  ]

  /// `bytes` after one to six changes.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...index(below: 6) {
      guard !bytes.isEmpty else { return [UInt8(truncatingIfNeeded: stream.next())] }
      let place = index(below: bytes.count)
      let length = min(bytes.count - place, 1 + index(below: 1 + index(below: 64)))
      switch index(below: 8) {
      case 0: bytes[place] ^= 1 << UInt8(index(below: 8))
      case 1: bytes[place] = UInt8(truncatingIfNeeded: stream.next())
      case 2, 3:
        let edge = Self.edges[index(below: Self.edges.count)]
        for (offset, byte) in edge.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
      case 4: bytes.removeSubrange(place..<place + length)
      case 5: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: index(below: bytes.count))
      case 6: bytes.removeLast(min(bytes.count, index(below: 1 + bytes.count / 4)))
      default:
        // Beginnings hold the sizes.
        let early = index(below: min(bytes.count, 64))
        bytes[early] = [0, 1, 0x7F, 0x80, 0xFF][index(below: 5)]
      }
    }
    return bytes
  }
}
