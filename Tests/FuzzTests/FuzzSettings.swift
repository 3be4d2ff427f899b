import Foundation

/// Which inputs are tried: those of the tests, or what the variables of the environment say, which `scripts/fuzz` sets.
struct FuzzSettings {
  /// METARL_FUZZ_SEED: of all inputs.
  let seed: Int
  /// METARL_FUZZ_FIRST: number of the first input of each reader.
  let first: Int
  /// METARL_FUZZ_READER: the one reader that is tried, or all.
  let readers: [FuzzedReader]
  /// METARL_FUZZ_JOURNAL: a file that names the input that was begun last.
  let journal: String?
  /// METARL_FUZZ_INPUTS: of each reader.
  private let inputs: Int?
  /// METARL_FUZZ_TOTAL: inputs over all readers, by their shares.
  private let total: Int?

  init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    func number(_ name: String) throws -> Int? {
      guard let text = environment[name] else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw FuzzedReader.Violation(description: "\(name): expected a number, found '\(text)'")
      }
      return number
    }
    seed = try number("METARL_FUZZ_SEED") ?? 1
    first = try number("METARL_FUZZ_FIRST") ?? 0
    inputs = try number("METARL_FUZZ_INPUTS")
    total = try number("METARL_FUZZ_TOTAL")
    journal = environment["METARL_FUZZ_JOURNAL"]
    let chosen = environment["METARL_FUZZ_READER"]
    readers = FuzzedReader.all.filter { chosen == nil || $0.name == chosen }
    if let chosen, readers.isEmpty {
      let names = FuzzedReader.all.map(\.name).joined(separator: ", ")
      throw FuzzedReader.Violation(description: "METARL_FUZZ_READER: expected one of \(names), found '\(chosen)'")
    }
  }

  /// The number of inputs of a reader.
  func inputs(of reader: FuzzedReader) -> Int {
    if let inputs { return inputs }
    guard let total else { return reader.inputsInTests }
    return Int((Double(total) * reader.share / readers.reduce(0) { $0 + $1.share }).rounded(.up))
  }
}
