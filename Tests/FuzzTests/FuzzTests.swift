import Foundation
import Testing

/// Every reader on mutated inputs: a number of them in the tests, as many as one likes by `scripts/fuzz`. A trap ends
/// the process; the journal then names the input.
@Suite(.serialized) struct FuzzTests {
  /// The largest picture that is decoded has 100 MB, and a JPEG's coefficients twice as much.
  private static let greatestGrowth = 512 << 20

  /// The most memory that the process has had, in bytes.
  private var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1_024
  }

  @Test(arguments: FuzzedReader.all.map(\.name)) func readerTakesOrRefusesWhateverItIsGiven(name: String) throws {
    let settings = try FuzzSettings()
    guard let reader = settings.readers.first(where: { $0.name == name }) else { return }
    for seed in reader.seeds where name != "checkpoint" { #expect(try reader.read(seed) == .taken) }
    let journal = try settings.journal.map(FuzzJournal.init)
    let memory = peakMemory
    let inputs = settings.inputs(of: reader)
    var refused = 0
    for number in settings.first..<settings.first + inputs {
      journal?.begin(reader, number: number)
      var mutation = Mutation(reader, seed: settings.seed, number: number)
      let input = mutation.input()
      do {
        if try reader.read(input) == .refused { refused += 1 }
      } catch {
        let text = String(validating: input, as: UTF8.self) ?? Data(input).base64EncodedString()
        Issue.record("\(name), input \(number) of seed \(settings.seed): \(error)\n\(text)")
      }
    }
    #expect(peakMemory - memory < Self.greatestGrowth)
    // Inputs that are all taken, or all refused, try nothing.
    if inputs >= 3_000 { #expect(refused > inputs / 20 && refused < inputs, "\(refused) of \(inputs) refused") }
    if settings.journal != nil {
      print("\(name): \(inputs) inputs, \(inputs - refused) taken, \(refused) refused")
    }
  }

  @Test func inputsFollowFromTheirNumber() {
    func input(_ reader: FuzzedReader, _ seed: Int, _ number: Int) -> [UInt8] {
      var mutation = Mutation(reader, seed: seed, number: number)
      return mutation.input()
    }
    for reader in FuzzedReader.all {
      func inputs(seed: Int) -> [[UInt8]] { (0..<50).map { input(reader, seed, $0) } }
      #expect(inputs(seed: 1) == inputs(seed: 1))
      #expect(inputs(seed: 1) != inputs(seed: 2))
      #expect(Set(inputs(seed: 1)).count > 30, "\(reader.name)")
    }
  }

  @Test func theEnvironmentChoosesReadersAndInputs() throws {
    let names = FuzzedReader.all.map(\.name)
    #expect(Set(names).count == names.count)
    let all = try FuzzSettings(environment: ["METARL_FUZZ_TOTAL": "1000"])
    let counts = all.readers.map(all.inputs)
    #expect(all.readers.count == names.count)
    #expect((1_000..<1_000 + names.count).contains(counts.reduce(0, +)))
    #expect(try all.inputs(of: #require(all.readers.first { $0.name == "cache" })) < counts[0] / 10)
    let one = try FuzzSettings(environment: ["METARL_FUZZ_READER": "jpeg", "METARL_FUZZ_TOTAL": "1000"])
    #expect(one.readers.map(\.name) == ["jpeg"])
    #expect(one.readers.map(one.inputs) == [1_000])
    #expect(throws: FuzzedReader.Violation.self) { try FuzzSettings(environment: ["METARL_FUZZ_READER": "gif"]) }
    #expect(throws: FuzzedReader.Violation.self) { try FuzzSettings(environment: ["METARL_FUZZ_SEED": "x"]) }
  }
}
