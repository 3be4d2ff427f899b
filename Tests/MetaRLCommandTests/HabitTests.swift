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
  }
}
