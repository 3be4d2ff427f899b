@testable import MetaRLCommand
import Testing

@Suite struct CommandTests {
  @Test(arguments: [
    ["trian"], ["train"], ["train", "--task", "cheetah"], ["train", "--tusk", "x"], ["train", "--seed"],
    ["list", "things"], ["train", "--task", "cheetah-dir", "--set", "x"], ["train", "--run", "a", "--resume", "b"],
  ])
  func wrongArgumentsExitWithUsage(arguments: [String]) {
    #expect(MetaRL.status(of: arguments) == 64)
  }

  @Test func helpIsNoError() {
    #expect(MetaRL.status(of: ["--help"]) == 0)
    #expect(MetaRL.status(of: ["train", "--help"]) == 0)
    #expect(MetaRL.status(of: []) == 0)
  }
}
