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
    #expect(result.status == 74)
    #expect(result.errors.count == 1 && result.errors[0].contains("cannot write run/evaluation.json"))
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
}
