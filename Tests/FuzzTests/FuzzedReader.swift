/// A reader of bytes that come from outside, and what to begin with when making inputs for it.
struct FuzzedReader: Sendable {
  /// In reports, and where `scripts/fuzz` is told of one reader.
  let name: String
  /// Inputs that it takes.
  let seeds: [[UInt8]]
  let damage: Damage
  /// Inputs in the tests, where nobody asks for another number.
  let inputsInTests: Int
  /// Of the inputs over all readers, in those of most readers.
  let share: Double
  /// Reads an input, uses what it read as the program would, and checks what must hold of it.
  ///
  /// Returns `.taken` or `.refused`; a fault that is not told in one line, or a property that does not hold, is thrown.
  let read: @Sendable ([UInt8]) throws -> Verdict

  /// How inputs are made of the seeds.
  enum Damage: Sendable {
    /// By pieces of the format put where they do not belong, and by numbers that trap or allocate.
    case text(tokens: [String])
    /// By changed bytes and sizes; half of the inputs are repaired, so that a checksum does not hide what lies behind.
    case file(repair: @Sendable ([UInt8]) -> [UInt8])
  }

  enum Verdict: Sendable { case taken, refused }

  /// Something that a reader must not do.
  struct Violation: Error, CustomStringConvertible { let description: String }

  /// A reader of a text.
  init(
    name: String, seeds: [[UInt8]], tokens: [String], read: @escaping @Sendable ([UInt8]) throws -> Verdict
  ) {
    self.init(name: name, seeds: seeds, damage: .text(tokens: tokens), inputsInTests: 300, share: 1, read: read)
  }

  init(
    name: String, seeds: [[UInt8]], damage: Damage, inputsInTests: Int, share: Double,
    read: @escaping @Sendable ([UInt8]) throws -> Verdict
  ) {
    self.name = name
    self.seeds = seeds
    self.damage = damage
    self.inputsInTests = inputsInTests
    self.share = share
    self.read = read
  }

  /// Every reader of the program: the one place where a new one registers.
  static let all: [FuzzedReader] = [
    configuration, checkpoint, robot, metrics, hashes, commandLine, cell,
    png, jpeg, zipArchive, tarArchive, idx, cifar, split, classNames, cache,
  ]
}
