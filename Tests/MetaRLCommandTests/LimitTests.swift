import Foundation
import Testing

/// The program under the system's limits.
@Suite struct LimitTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A library that makes a thread a core before `main` would wait for memory while the program's end waits for it.
  @Test func helpEndsUnderALimitOnMemory() throws {
    let program = try RunningProgram(["--help"], in: scratch.path, shell: "ulimit -v 300000")
    RunningProgram.waitUntil { !program.isRunning }
    if program.isRunning { program.send(SIGKILL) }
    let result = try program.wait()
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: metarl") && result.errors == [])
  }

  private static let commands = [
    ["list"], ["train", "--task", "cheetah-dir", "--iterations", "1", "--run", "run"],
    ["export", "run", "--output", "a.svg"], ["bench", "--list"], ["data", "verify"],
  ]

  /// Without room for files the system's event queues and Foundation's pipes end a program by a trap.
  @Test(arguments: commands, [5, 8, 20]) func tooFewOpenFilesAreOneLine(command: [String], files: Int) throws {
    let result = try RunningProgram.run(command, in: scratch.path, shell: "ulimit -n \(files)")
    #expect(result.status == 69)
    #expect(result.errors.count == 1)
    let line = result.errors.first ?? ""
    #expect(line.hasPrefix("metarl: expected room for 32 more open files, found ") && line.contains("ulimit -n"))
    #expect(!scratch.exists("run"))
  }

  @Test func softLimitIsRaisedAsFarAsTheHardOneLets() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[5]", "--run", "run"]
    #expect(try RunningProgram.run(train, in: scratch.path, shell: "ulimit -Sn 6").status == 0)
  }
}
