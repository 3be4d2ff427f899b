import Foundation
import Testing

/// What users of command lines expect: a version, a configuration to look at first, a list of what is there.
@Suite struct HabitTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: String...) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  @Test func theVersionIsOneLine() throws {
    let result = try run("--version")
    let words = result.output.split(whereSeparator: \.isWhitespace)
    #expect(result.status == 0 && words.first == "metarl" && words.count >= 2 && result.output.hasSuffix("\n"))
  }

  /// What is printed is what a run would write, and starts the same run as a file.
  @Test func aConfigurationCanBeSeenBefore() throws {
    let printed = try run("train", "--task", "sinusoid", "--iterations", "1", "--seed", "3", "--print-config")
    #expect(printed.status == 0 && printed.errors.isEmpty)
    #expect(printed.output.contains("\nseed: 3\n") && !FileManager.default.fileExists(atPath: "\(scratch.path)/runs"))
    try printed.output.write(toFile: "\(scratch.path)/c.yaml", atomically: true, encoding: .utf8)
    #expect(try run("train", "--config", "c.yaml", "--run", "run").status == 0)
    #expect(String(decoding: try scratch.data("run/config.yaml"), as: UTF8.self) == printed.output)
    #expect(try run("train", "--resume", "run", "--print-config").status == 64)
    #expect(try run("train", "--task", "sinusoi", "--print-config").errors.count == 1)
  }

  @Test func runsAreListed() throws {
    #expect(try run("runs").status == 66)
    for seed in ["1", "2"] {
      #expect(try run("train", "--task", "sinusoid", "--iterations", "2", "--seed", seed).status == 0)
    }
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/runs/other", withIntermediateDirectories: false)
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/runs/broken", withIntermediateDirectories: false)
    try "task: [".write(toFile: "\(scratch.path)/runs/broken/config.yaml", atomically: true, encoding: .utf8)
    let odd = "\(scratch.path)/runs/odd"
    try FileManager.default.copyItem(atPath: "\(scratch.path)/runs/sinusoid-maml-seed1", toPath: odd)
    try "iteration,loss_after\n1e300,nan\n".write(toFile: odd + "/metrics.csv", atomically: true, encoding: .utf8)
    #expect(try run("runs").output.contains("0/2"))
    try FileManager.default.removeItem(atPath: odd)
    #expect(try run("runs", "runs/sinusoid-maml-seed1/config.yaml").status == 66)
    let result = try run("runs", "--json")
    #expect(result.status == 0 && result.errors.count == 1)
    let rows = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(rows.map { $0["seed"] as? Int } == [1, 2] && rows.allSatisfy { $0["state"] as? String == "finished" })
    #expect(rows.allSatisfy { ($0["bytes"] as? Int ?? 0) > 1_000 && $0["measure"] as? String == "loss" })
    let table = try run("runs").output.split(separator: "\n")
    #expect(table.count == 3 && table[1].hasPrefix("runs/sinusoid-maml-seed1") && table[1].contains("2/2"))
    #expect(table[0].contains("newest score") && table[1].contains(", training "))
    #expect(rows.allSatisfy { $0["value_tasks"] as? String == "training" && $0["value_iteration"] as? Int == 2 })
    #expect(try run("evaluate", "runs/sinusoid-maml-seed2", "--tasks", "3").status == 0)
    let evaluated = try run("runs").output.split(separator: "\n")
    #expect(evaluated[1].contains(", training ") && evaluated[2].contains(", held-out "))
  }

  /// Those of a sweep, of several seeds, and one that is given itself.
  @Test func runsInFoldersOfTheFolderAreListed() throws {
    let tiny = ["--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[4]"]
    #expect(try RunningProgram.run(["train"] + tiny + ["--run", "runs/a"], in: scratch.path).status == 0)
    #expect(
      try RunningProgram.run(["train"] + tiny + ["--seeds", "1-2", "--run", "runs/study/many"], in: scratch.path)
        .status == 0)
    #expect(
      try RunningProgram.run(["sweep"] + tiny + ["--folder", "runs/grid", "--quiet"], in: scratch.path).status == 0)
    let names = try run("runs").output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != " " } }
    #expect(
      names == [
        "runs/a", "runs/grid/seed1", "runs/study/many/sinusoid-maml-seed1", "runs/study/many/sinusoid-maml-seed2",
      ])
    #expect(try run("runs", "runs/a").output.contains("\nruns/a "))
  }

  @Test func runsThatDivergedAreNotNew() throws {
    let wild = ["--task", "sinusoid", "--iterations", "3", "--set", "inner_rate=900", "--set", "inner_steps=3"]
    #expect(try RunningProgram.run(["train"] + wild + ["--run", "runs/wild"], in: scratch.path).status == 65)
    let row = try #require(try run("runs").output.split(separator: "\n").last)
    #expect(row.contains("0/3   diverged"), "\(row)")
    #expect(try scratch.text("runs/wild/diverged.txt").contains("not a finite number"))
  }
}
