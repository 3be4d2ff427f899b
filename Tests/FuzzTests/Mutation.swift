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
        seed: UInt64(bitPattern: Int64(seed)) &+ name, purpose: .test, iteration: number & 0xFFFF_FFFF
      ).stream
    self.reader = reader
  }

  /// Makes the input.
  mutating func input() -> [UInt8] {
    var bytes = element(of: reader.seeds)
    switch reader.damage {
    case .text(let tokens):
      // Half of the inputs have one change: more of them are still taken.
      let changes = below(2) == 0 ? 1 : 2 + below(5)
      for _ in 0..<changes { changeText(&bytes, tokens: tokens, seeds: reader.seeds) }
    case .file(let repair):
      for _ in 0...below(6) { changeFile(&bytes) }
      if below(2) == 0 { bytes = repair(bytes) }
    }
    return Array(bytes.prefix(Self.largestInput))
  }

  mutating func below(_ count: Int) -> Int { Int(stream.next() % UInt64(max(count, 1))) }

  mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }
}
