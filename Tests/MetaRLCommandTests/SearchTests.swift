import Foundation
import Testing

/// `metarl search`, by the program itself.
@Suite struct SearchTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let small = [
    "search", "--task", "glyphs", "--iterations", "2", "--blocks", "2", "--beam", "1", "--first", "2", "--tasks", "2",
    "--jobs", "1", "--set", "meta_batch_size=1", "--set", "ways=2", "--set", "shots=1", "--set", "queries=1", "--set",
    "filters=2", "--set", "stages=1", "--set", "normal_cells=0", "--set", "inner_steps=1", "--folder", "found",
  ]

  @Test func searchPrintsItsCellsAndHowToTrainTheBest() throws {
    let result = try RunningProgram.run(Self.small, in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first?.hasPrefix("run") == true && lines.first?.hasSuffix("  cell") == true)
    #expect(lines.filter { $0.hasPrefix("blocks") }.count == 3)
    #expect(
      lines.last == "next: metarl train --task glyphs --set model=cell --set cell=found/best.json")
    let again = try RunningProgram.run(Self.small + ["--json"], in: scratch.path)
    let record = try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any]
    #expect((record?["candidates"] as? [Any])?.count == 3)
    let train = [
      "train", "--task", "glyphs", "--set", "model=cell", "--set", "cell=found/best.json", "--set", "filters=2",
      "--iterations", "1", "--set", "meta_batch_size=1", "--run", "trained",
    ]
    #expect(try RunningProgram.run(train, in: scratch.path).status == 0)
    #expect(try scratch.data("trained/cell.json") == scratch.data("found/best.json"))
  }

  @Test(arguments: [
    (["--task", "glyphs", "--blocks", "9"], "--blocks 9: expected a whole number from 1 to 6"),
    (
      ["--task", "glyphs", "--final-seeds", "3-1"],
      "--final-seeds 3-1: expected seeds such as 1-5 or 1,3,7, found a range"
    ),
    (
      ["--task", "cheetah-dir"],
      "task cheetah-dir: expected a task of images, such as glyphs or omniglot, found one of "
    ),
    (["--task", "glyphs", "--set", "seed=3"], "seed=3: expected no value of this key, which the search sets itself"),
    ([], "no task is given: expected one of cheetah-dir, "),
  ]) func faultsAreOneLine(arguments: [String], message: String) throws {
    let result = try RunningProgram.run(["search"] + arguments, in: scratch.path)
    #expect(result.status == 64 && result.errors.count == 1)
    #expect(result.errors.first?.hasPrefix("metarl: \(message)") == true, "\(result.errors)")
  }
}
