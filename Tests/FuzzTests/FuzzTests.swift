import Foundation
import Testing

/// Every reader on mutated inputs: a few hundred in the tests, as many as one likes by `scripts/fuzz`, which sets the
/// variables below. A trap ends the process; the journal then names the input.
@Suite(.serialized) struct FuzzTests {
  private struct Settings {
    let inputs: Int
    let first: Int
    let seed: Int
    let reader: String?
    let journal: String?

    init() {
      let environment = ProcessInfo.processInfo.environment
      func number(_ name: String, _ otherwise: Int) -> Int { environment[name].flatMap { Int($0) } ?? otherwise }
      inputs = number("METARL_FUZZ_INPUTS", 300)
      first = number("METARL_FUZZ_FIRST", 0)
      seed = number("METARL_FUZZ_SEED", 1)
      reader = environment["METARL_FUZZ_READER"]
      journal = environment["METARL_FUZZ_JOURNAL"]
    }
  }

  /// An input that takes longer than this, in seconds, hangs: in a long run the system then ends the process.
  private static let patience: UInt32 = 60

  @Test(arguments: FuzzedReader.all.map(\.name)) func readerTakesOrRefusesWhateverItIsGiven(name: String) throws {
    let settings = Settings()
    if let chosen = settings.reader {
      try #require(FuzzedReader.all.contains { $0.name == chosen }, "no reader is called '\(chosen)'")
      guard chosen == name else { return }
    }
    let reader = try #require(FuzzedReader.all.first { $0.name == name })
    for seed in reader.seeds where name != "checkpoint" { #expect(try reader.read(seed) == .taken) }
    let journal = settings.journal.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644) }
    defer { if let journal { close(journal) } }
    var taken = 0
    for number in settings.first..<settings.first + settings.inputs {
      if let journal {
        let line = "\(name) \(number)".padding(toLength: 63, withPad: " ", startingAt: 0) + "\n"
        pwrite(journal, line, 64, 0)
        alarm(Self.patience)
      }
      var mutation = Mutation(reader, seed: settings.seed, number: number)
      let input = mutation.input()
      do {
        if try reader.read(input) == .taken { taken += 1 }
      } catch {
        Issue.record(
          "\(name), input \(number) of seed \(settings.seed): \(error)\n\(String(decoding: input, as: UTF8.self))")
      }
    }
    if settings.journal != nil {
      alarm(0)
      print("\(name): \(settings.inputs) inputs, \(taken) taken, \(settings.inputs - taken) refused")
    }
  }

  @Test func inputsFollowFromTheirNumber() throws {
    let reader = FuzzedReader.all[0]
    func input(_ seed: Int, _ number: Int) -> [UInt8] {
      var mutation = Mutation(reader, seed: seed, number: number)
      return mutation.input()
    }
    #expect(input(1, 5) == input(1, 5))
    #expect(Set((0..<50).map { input(1, $0) }).count > 40)
    #expect(input(1, 5) != input(2, 5))
  }
}
