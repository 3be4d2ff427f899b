import Foundation
import Testing

/// `metarl task`: the cards of families, and the splits and references of their evaluations.
@Suite struct TaskCommandTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: String...) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  @Test func cardsNameEveryConventionsConsequences() throws {
    let result = try run("task", "point-navigation", "--json")
    #expect(result.status == 0)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(object?["name"] as? String == "point-navigation")
    let conventions = try #require(object?["conventions"] as? [String: [String: String]])
    #expect(Set(conventions.keys) == ["maml", "pearl", "pearl-sparse", "varibad", "promp"])
    #expect(conventions["maml"]?["horizon"] == "100 actions" && conventions["pearl"]?["horizon"] == "20 actions")
    #expect(
      conventions["pearl"]?["training tasks"] == "80"
        && conventions["maml"]?["end"] == "within 0.01 of the goal on each axis")
    for name in ["cheetah-dir", "bandit", "tabular-mdp"] { #expect(try run("task", name, "--json").status == 0) }
  }

  @Test func differencesAreMarked() throws {
    let lines = try run("task", "point-navigation", "--against", "pearl").output.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("* horizon") && $0.hasSuffix("maml: 100 actions") })
    #expect(lines.contains { $0.hasPrefix("  observation") })
    let unknown = try run("task", "point-navigation", "--against", "perl")
    #expect(unknown.status == 64 && unknown.errors.first?.contains("'pearl'") == true)
    #expect(try run("task", "sinusoid").status == 64)
  }

  @Test func evaluationsNameTheirSplits() throws {
    let tiny = ["--set", "hidden_sizes=[4]", "--set", "meta_batch_size=2", "--set", "episodes=2", "--set", "horizon=5"]
    func train(_ task: String) throws {
      let arguments = ["train", "--task", task, "--iterations", "1", "--run", task] + tiny
      #expect(try RunningProgram.run(arguments, in: scratch.path).status == 0)
    }
    try train("point-navigation")
    let few = ["--tasks", "3", "--output", "result.json"]
    for (split, text) in [
      ("test", "3 held-out tasks"), ("train", "3 training tasks"), ("beyond", "3 tasks beyond the distribution"),
    ] {
      let result = try RunningProgram.run(["evaluate", "point-navigation", "--split", split] + few, in: scratch.path)
      #expect(result.status == 0 && result.output.contains(text), "\(result)")
    }
    let refused = try RunningProgram.run(
      ["evaluate", "point-navigation", "--split", "validation"] + few, in: scratch.path)
    #expect(refused.status == 64 && refused.errors.count == 1)
    try train("cheetah-dir")
    let cheetah = try RunningProgram.run(["evaluate", "cheetah-dir"] + few, in: scratch.path)
    #expect(cheetah.output.contains("return on 3 fresh adaptations for each of forward, backward"))
    #expect(
      try RunningProgram.run(["evaluate", "cheetah-dir", "--split", "train"] + few, in: scratch.path).status == 64)
  }
}
