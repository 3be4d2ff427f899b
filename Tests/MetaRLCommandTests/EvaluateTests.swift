import Foundation
import Testing

/// Where the result of an evaluation goes, by the program itself.
@Suite struct EvaluateTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    let result = try run([
      "train", "--task", "sinusoid", "--iterations", "2", "--set", "hidden_sizes=[5]", "--run", "run",
    ])
    #expect(result.status == 0)
  }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  private func tasks(_ name: String) throws -> Int? {
    try (JSONSerialization.jsonObject(with: scratch.data(name)) as? [String: Any])?["tasks"] as? Int
  }

  /// A folder where the file is to be stops root, too.
  @Test func resultIsShownThoughTheFolderCannotBeWritten() throws {
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/run/evaluation.json", withIntermediateDirectories: false)
    let result = try run(["evaluate", "run", "--tasks", "3"])
    #expect(result.status == 73)
    #expect(result.errors == ["metarl: cannot write run/evaluation.json: Is a directory"])
    #expect(result.output.hasPrefix("maml on sinusoid, iteration 2: loss on 3 held-out tasks"))
    let elsewhere = try run(["evaluate", "run", "--tasks", "3", "--output", "result.json"])
    #expect(elsewhere.status == 0 && elsewhere.output == result.output)
    #expect(try tasks("result.json") == 3)
  }

  @Test func quickLookLeavesACarefulEvaluation() throws {
    #expect(try run(["evaluate", "run", "--tasks", "5", "--steps", "2"]).status == 0)
    for quick in [["--tasks", "4", "--steps", "3"], ["--tasks", "5", "--steps", "1"]] {
      let result = try run(["evaluate", "run"] + quick)
      #expect(result.status == 0)
      #expect(result.errors.count == 1 && result.errors[0].contains("run/evaluation.json of iteration 2 has "))
      #expect(try tasks("run/evaluation.json") == 5)
    }
    let other = try run(["evaluate", "run", "--tasks", "9", "--steps", "2", "--seed", "7"])
    #expect(other.status == 0 && other.errors.isEmpty)
    #expect(try tasks("run/evaluation.json") == 9)
    #expect(try run(["evaluate", "run", "--tasks", "9", "--steps", "2", "--references"]).errors.isEmpty)
    #expect(try run(["evaluate", "run", "--tasks", "9", "--steps", "2"]).errors.first?.contains("references") == true)
  }

  /// On as many tasks, whatever else the older one has; a quicker look does not.
  @Test func newerCheckpointTakesThePlaceOfAnOlderOne() throws {
    #expect(try run(["evaluate", "run", "--tasks", "5", "--steps", "2", "--references"]).status == 0)
    #expect(try run(["train", "--resume", "run", "--iterations", "4"]).status == 0)
    let quick = try run(["evaluate", "run", "--tasks", "3"])
    #expect(quick.errors.first?.contains("run/evaluation.json of iteration 2 has 5 tasks, and not 3") == true)
    #expect(try tasks("run/evaluation.json") == 5)
    let result = try run(["evaluate", "run", "--tasks", "5"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: scratch.data("run/evaluation.json")) as? [String: Any]
    #expect(object?["iterations"] as? [Int] == [4])
  }

  @Test func measurementUnderOtherConditionsLeavesTheRunsOwn() throws {
    func shots() throws -> Int? {
      try (JSONSerialization.jsonObject(with: scratch.data("run/evaluation.json")) as? [String: Any])?["shots"] as? Int
    }
    #expect(try run(["evaluate", "run", "--tasks", "3"]).status == 0)
    let own = try shots()
    let other = try run(["evaluate", "run", "--tasks", "9", "--shots", "7"])
    #expect(other.status == 0)
    #expect(
      other.errors == [
        "metarl: run/evaluation.json of iteration 2 is of the run's own conditions, and not of 7 shots, and stays as it is; "
          + "--output FILE keeps this one, and without that file it takes its place"
      ])
    #expect(try shots() == own && tasks("run/evaluation.json") == 3)
    // Alone it stands there, and gives way to its own kind and to the run's.
    try FileManager.default.removeItem(atPath: "\(scratch.path)/run/evaluation.json")
    for count in ["4", "5"] {
      #expect(try run(["evaluate", "run", "--tasks", count, "--shots", "7"]).errors.isEmpty)
    }
    #expect(try shots() == 7 && tasks("run/evaluation.json") == 5)
    #expect(try run(["evaluate", "run", "--tasks", "5", "--shots", "8"]).errors.count == 1)
    #expect(try run(["evaluate", "run", "--tasks", "2"]).errors.isEmpty)
    #expect(try shots() == own && tasks("run/evaluation.json") == 2)
  }

  @Test func referencesOfSeveralRunsAreInEachOnesFile() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "2", "--set", "hidden_sizes=[5]"]
    #expect(try run(train + ["--seed", "2", "--run", "second"]).status == 0)
    #expect(try run(["evaluate", "run", "--tasks", "2", "--seed", "5", "--references"]).status == 0)
    let alone = try scratch.data("run/evaluation.json")
    let both = try run(["evaluate", "run", "second", "--tasks", "2", "--seed", "5", "--references"])
    #expect(both.status == 0 && both.errors.isEmpty, "\(both.errors)")
    #expect(try scratch.data("run/evaluation.json") == alone)
    let second = try JSONSerialization.jsonObject(with: scratch.data("second/evaluation.json")) as? [String: Any]
    #expect((second?["references"] as? [Any])?.count == 2)
  }

  /// What is no evaluation is none that could be more careful.
  @Test func damagedEvaluationIsReplaced() throws {
    try "{\"tasks\": 1000".write(
      toFile: "\(scratch.path)/run/evaluation.json", atomically: true, encoding: .utf8)
    let result = try run(["evaluate", "run", "--tasks", "2"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(try tasks("run/evaluation.json") == 2)
  }

  @Test func outputLeavesTheFolderAndADeviceAsTheyAre() throws {
    let result = try run(["evaluate", "run", "--tasks", "2", "--json", "--output", "/dev/stdout"])
    #expect(result.status == 0)
    #expect(!scratch.exists("run/evaluation.json"))
    let null = try run(["evaluate", "run", "--tasks", "2", "--output", "/dev/null"])
    #expect(null.status == 0)
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func outputIsWrittenWhereALinkLeads() throws {
    try "old".write(toFile: "\(scratch.path)/far.json", atomically: false, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/l.json", withDestinationPath: "far.json")
    #expect(try run(["evaluate", "run", "--tasks", "2", "--output", "l.json"]).status == 0)
    #expect(try tasks("far.json") == 2)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(scratch.path)/l.json") == "far.json")
  }
}
