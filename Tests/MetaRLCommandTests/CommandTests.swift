@testable import MetaRLCommand
import Parts
import Runs
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

  /// What is wrong with the parts of a program is told before its arguments are looked at.
  @Test func faultsOfAnAdditionEndTheProgram() {
    var lines: [String] = []
    let wrong = Tuning(tasks: ["sinusoi"], algorithm: "mam", [:], why: "a test")
    #expect(MetaRL.status(of: ["list"], adding: [.tuning(wrong)], tell: { lines.append($0) }) == 70)
    #expect(
      lines == [
        "tuning of mam on sinusoi: unknown task 'sinusoi'; did you mean 'sinusoid'?",
        "tuning of mam on sinusoi: unknown algorithm 'mam'; did you mean 'maml'?",
      ])
    let right = Tuning(tasks: ["sinusoid"], algorithm: "maml", ["seed": 2], why: "a test")
    lines = []
    #expect(MetaRL.status(of: ["list"], adding: [.tuning(right)], tell: { lines.append($0) }) == 0)
    #expect(lines == [])
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
