import Foundation
import Testing

/// What commands say of wrong arguments and what they list, by the program itself.
@Suite struct MessageTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  @Test(arguments: [
    (["train", "--task", "sinusoid"], "--seed", 0, Int.max), (["train", "--task", "sinusoid"], "--workers", 0, 1_024),
    (["train", "--task", "sinusoid"], "--iterations", 1, 1_000_000_000), (["evaluate", "run"], "--tasks", 1, 10_000),
    (["evaluate", "run"], "--steps", 0, 1_100), (["evaluate", "run"], "--seed", 0, Int.max),
    (["evaluate", "run"], "--shots", 1, 100_000), (["export", "run", "--format", "csv"], "--window", 1, 1_000_000_000),
    (["replay", "run"], "--workers", 0, 1_024), (["replay", "run"], "--iterations", 1, 1_000_000_000),
    (["reproduce", "mt-net-table-1"], "--workers", 1, 1_024),
  ]) func negativeNumberGetsTheBounds(arguments: [String], option: String, lowest: Int, highest: Int) throws {
    for value in ["-1", "-1.5", "-7e3"] {
      let result = try run(arguments + [option, value])
      #expect(result.status == 64)
      #expect(result.errors.count == 1)
      let line = try #require(result.errors.first)
      #expect(line.hasPrefix("metarl: \(option) \(value): "), "\(line)")
      #expect(line.contains("expected a whole number from \(lowest) to \(highest)"), "\(line)")
    }
  }

  /// Once where it begins, and once at the end.
  @Test func recoveryThatDoesNotConvergeIsToldOfOnStandardError() throws {
    let arguments =
      ["train", "--task", "sinusoid", "--algorithm", "mlsr", "--iterations", "5"]
      + ["meta_gradient=implicit", "recovery_start=zero", "inner_rate=0.3", "inner_steps=5", "initializer=xavier"]
      .flatMap { ["--set", $0] }
    let result = try run(arguments)
    #expect(result.status == 0)
    try #require(result.errors.count == 2, "\(result.errors)")
    #expect(result.errors[0].hasPrefix("metarl: iteration 1: recovery_residual is "))
    #expect(result.errors[1].hasPrefix("metarl: recovery_residual was above 0.1 in 5 of 5 iterations: "))
    #expect(result.errors.allSatisfy { $0.hasSuffix("a smaller inner_rate or more inner_steps may help") })
  }

  @Test func twoConfigurationsAreRefused() throws {
    let result = try run(["train", "--config", "a.yaml", "--config", "b.yaml"])
    #expect(result.status == 64)
    #expect(
      result.errors == [
        "metarl: --config: expected one file, found a.yaml and b.yaml; --set changes single keys of one"
      ])
  }

  @Test func namesChooseFromAList() throws {
    for command in ["bench", "reproduce"] {
      let result = try run([command, "nope", "--list"])
      #expect(result.status == 64 && result.output.isEmpty)
      #expect(result.errors.first?.hasPrefix("metarl: unknown ") == true)
    }
    let one = try run(["reproduce", "mt-net-table-1", "--list"])
    #expect(one.status == 0 && one.output.split(separator: "\n").count == 2)
  }

  @Test func storedResultsAreShownWithoutARun() throws {
    let result = try run(["reproduce", "imaml-figure-2a", "--stored", "--output", "page.html"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.contains("| iMAML, 5 CG steps |"))
    #expect(result.output.contains("page.html: 1 result, "))
    #expect(try scratch.text("page.html").contains("imaml-figure-2a"))
    let missing = try run(["reproduce", "cheetah-dir-box2d", "--length", "longest"])
    #expect(missing.status == 64)
    #expect(
      missing.errors == ["metarl: --length: unknown length 'longest'; expected one of paper, quick, standard"])
    let both = try run(["reproduce", "mt-net-table-1", "--quick", "--length", "paper"])
    #expect(both.status == 64 && both.errors == ["metarl: --quick and --length paper: expected one of them"])
  }

  /// Every list that programs read has a name and a summary in each row, and no name twice.
  @Test(arguments: [["list"], ["list", "tasks"], ["bench", "--list"], ["reproduce", "--list"]])
  func listsAreJSONWhereThatIsAskedFor(arguments: [String]) throws {
    let result = try run(arguments + ["--json"])
    #expect(result.status == 0)
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]], "\(result.output)")
    #expect(!rows.isEmpty && rows.allSatisfy { $0["summary"] is String })
    let names = rows.compactMap { $0["name"] as? String }
    #expect(names.count == rows.count && Set(names).count == names.count)
  }

  @Test func partsOfEveryKindAreListed() throws {
    let all = try run(["list"]).output.split(separator: "\n")
    #expect(all.filter { !$0.hasPrefix(" ") } == ["tasks:", "algorithms:", "models:", "optimizers:", "presets:"])
    #expect(try run(["list", "optimizers"]).output.hasPrefix("optimizers:\n  adam "))
    let rows = try JSONSerialization.jsonObject(with: Data(run(["list", "models", "--json"]).output.utf8))
    let models = try #require(rows as? [[String: String]])
    #expect(models.map { $0["name"] } == ["mlp", "linnet", "convolutional", "sinusoids", "cell"])
    #expect(models.allSatisfy { $0["kind"] == "model" })
    let wrong = try run(["list", "optimisers"])
    #expect(wrong.status == 64)
    #expect(wrong.errors == ["metarl: unknown list 'optimisers'; did you mean 'optimizers'?"])
  }

  @Test func keysAreListedWithTheirUnits() throws {
    let arguments = ["list", "keys", "--task", "sinusoid"]
    let lines = try run(arguments).output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(lines.contains("a whole number from 1 to 10000, in tasks; of sampling"))
    #expect(lines.contains("a number from 0 to 1000; of outer loop"))
    let rows = try JSONSerialization.jsonObject(with: Data(run(arguments + ["--json"]).output.utf8))
    let units = try #require(rows as? [[String: String]]).reduce(into: [:]) { $0[$1["name"] ?? ""] = $1["unit"] }
    #expect(units["iterations"] == "meta-iterations" && units["shots"] == "examples" && units["inner_rate"] == nil)
  }

  /// A program of another name, here the same one, tells how to go on by its own name.
  @Test func hintsNameTheProgramThatRuns() throws {
    let program = "\(scratch.path)/mine"
    try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: RunningProgram.executable)
    let result = try RunningProgram.run(
      ["train", "--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[4]", "--run", "run"],
      in: scratch.path, program: program)
    #expect(result.output.hasSuffix("; next: mine evaluate run\n"), "\(result.output)")
    #expect(try scratch.text("run/config.yaml").contains("mine train --config FILE repeats it"))
    let wrong = try RunningProgram.run(["evaluat"], in: scratch.path, program: program)
    #expect(wrong.errors == ["mine: unknown command 'evaluat'; did you mean 'evaluate'?"])
  }

  @Test(arguments: [
    (["train", "--task", "sinusoid", "--run", ""], "--run '': expected the path of a folder, found an empty one"),
    (["train", "--resume", ""], "--resume '': expected the path of a folder, found an empty one"),
    (["evaluate", ""], "run '': expected the path of a folder, found an empty one"),
    (["replay", ""], "run '': expected the path of a folder, found an empty one"),
    (
      ["train", "--task", ""],
      "--task '': expected the name of one of the tasks that `metarl list tasks` tells, found an empty one"
    ),
    (
      ["train", "--task", "sinusoid", "--set", "algorithm="],
      "--set algorithm=: expected the name of one of the algorithms that `metarl list algorithms` tells, found an empty one"
    ),
  ]) func emptyArgumentIsOneLine(arguments: [String], message: String) throws {
    let result = try run(arguments)
    #expect(result.status == 64)
    #expect(result.errors == ["metarl: \(message)"])
  }

  @Test func unknownBenchmarkNamesEachOneOnceTheNearestFirst() throws {
    let result = try run(["bench", "nope"])
    #expect(result.status == 64)
    let line = try #require(result.errors.first)
    let names = try #require(line.components(separatedBy: "expected one of ").last).components(separatedBy: ", ")
    #expect(Set(names).count == names.count && names.contains("phases"))
    #expect(names.prefix(2) == ["imaml", "phases"])
    #expect(
      try run(["bench", "scalin"]).errors == ["metarl: unknown benchmark 'scalin'; did you mean 'scaling'?"])
    let scaling = try run(["bench", "scaling", "phases-lanes"])
    #expect(
      scaling.errors == [
        "metarl: unknown benchmark of scaling 'phases-lanes'; did you mean 'phases-lanes-iteration'?"
      ])
    #expect(try run(["bench", "phase"]).errors == ["metarl: unknown benchmark 'phase'; did you mean 'phases'?"])
  }
}
