@testable import MetaRLCommand
import Testing

@Suite struct CommandTests {
  @Test(arguments: [
    ["trian"], ["train"], ["train", "--task", "cheetah"], ["train", "--tusk", "x"], ["train", "--seed"],
    ["list", "things"], ["train", "--task", "cheetah-dir", "--set", "x"], ["train", "--run", "a", "--resume", "b"],
  ])
  func wrongArgumentsExitWithUsage(arguments: [String]) {
    #expect(RootCommand.status(of: arguments) == 64)
  }

  @Test(arguments: [
    ["evaluate", "/nonexistent"], ["export", "/nonexistent", "--format", "csv"], ["train", "--resume", "/nonexistent"],
    ["train", "--config", "/nonexistent"],
  ])
  func missingInputHasItsExitCode(arguments: [String]) {
    #expect(RootCommand.status(of: arguments) == 66)
  }

  @Test(arguments: [
    ["evaluate"], ["evaluate", "x", "--tasks", "0"], ["evaluate", "x", "--steps", "-1"], ["export"],
    ["export", "x"], ["export", "x", "--format", "gif"], ["bench", "nothing"], ["bench", "--quick"],
    ["train", "--task", "cheetah-dir", "--physics", "bullet"], ["train", "--task", "cheetah-dir", "--seed", "1.5"],
    ["train", "--task", "cheetah-dir", "--iterations", "0"], ["train", "--task", "cheetah-dir", "--workers", "-1"],
  ])
  func wrongValuesExitWithUsage(arguments: [String]) {
    #expect(RootCommand.status(of: arguments) == 64)
  }

  @Test func listsAndBenchmarkNamesNeedNoRun() {
    #expect(RootCommand.status(of: ["list"]) == 0)
    #expect(RootCommand.status(of: ["list", "algorithms", "--json"]) == 0)
    #expect(RootCommand.status(of: ["bench", "--list"]) == 0)
  }

  @Test func helpIsNoError() {
    #expect(RootCommand.status(of: ["--help"]) == 0)
    #expect(RootCommand.status(of: ["train", "--help"]) == 0)
    #expect(RootCommand.status(of: []) == 0)
  }
}
