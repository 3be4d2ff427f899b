import RandomStreams

/// Inputs made of valid ones: each follows from the seed, the reader's name and its number alone, so that one that
/// crashes a process can be made again.
struct Mutation {
  private var stream: RandomStream
  private let reader: FuzzedReader

  /// The input that is larger is cut: readers have limits of their own, which their tests try.
  private static let largestInput = 1 << 16

  init(_ reader: FuzzedReader, seed: Int, number: Int) {
    let name = reader.name.utf8.reduce(UInt64(5_381)) { $0 &* 33 &+ UInt64($1) }
    stream =
      RandomAddress(
        seed: UInt64(seed) &+ name, purpose: .test, iteration: number & 0xFFFF_FFFF
      ).stream
    self.reader = reader
  }

  private mutating func below(_ count: Int) -> Int { Int(stream.next() % UInt64(max(count, 1))) }

  private mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }

  /// A piece of an input, of at most 64 bytes.
  private mutating func piece(of bytes: [UInt8]) -> ArraySlice<UInt8> {
    let start = below(bytes.count + 1)
    return bytes[start..<min(bytes.count, start + below(65))]
  }

  /// Makes the input.
  mutating func input() -> [UInt8] {
    var bytes = element(of: reader.seeds)
    // Half of the inputs have one change: more of them are still taken.
    let changes = below(2) == 0 ? 1 : 2 + below(5)
    for _ in 0..<changes { change(&bytes) }
    return Array(bytes.prefix(Self.largestInput))
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = below(bytes.count + 1)
    switch below(10) {
    case 0:
      if place < bytes.count { bytes[place] ^= 1 << UInt8(below(8)) }
    case 1:
      if place < bytes.count { bytes[place] = element(of: [0, 0x0A, 0x20, 0x22, 0x2C, 0x3A, 0x7F, 0x80, 0xC3, 0xFF]) }
    case 2: bytes.removeSubrange(piece(of: bytes).indices)
    case 3: bytes.insert(contentsOf: piece(of: bytes), at: place)
    case 4: bytes.insert(contentsOf: piece(of: element(of: reader.seeds)), at: place)
    case 5: bytes.insert(contentsOf: element(of: reader.tokens).utf8, at: place)
    case 6: bytes.insert(contentsOf: element(of: FuzzedReader.numbers).utf8, at: place)
    case 7: replaceNumber(in: &bytes, near: place)
    case 8: bytes.removeSubrange(place...)
    default:
      // Nesting and repetition.
      let token = Array(element(of: reader.tokens).utf8)
      bytes.insert(contentsOf: (0..<(1 << below(10))).flatMap { _ in token }, at: place)
    }
  }

  /// A number that stands in the input gives way to another.
  private mutating func replaceNumber(in bytes: inout [UInt8], near place: Int) {
    func isPart(_ byte: UInt8) -> Bool { "0123456789.-+e".utf8.contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isPart) else { return }
    let end = bytes[start...].firstIndex { !isPart($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: element(of: FuzzedReader.numbers).utf8)
  }
}
