@testable import Files
import Foundation
import Testing

/// Programs of the system, here the shell and its like.
@Suite struct ExternalProgramTests {
  private func inFolder(_ body: (String) throws -> Void) throws {
    try ExternalProgram.withTemporaryFolder("metarl-program-tests", body)
  }

  @Test func programsAreFoundOnTheSearchPath() throws {
    let shell = try #require(ExternalProgram(named: "sh"))
    #expect(FileManager.default.isExecutableFile(atPath: shell.path))
    #expect(ExternalProgram(named: "metarl-no-such-program") == nil)
    try inFolder { folder in
      try FileSystem.createFolders("\(folder)/a/tool")
      for name in ["b", "c"] {
        try FileSystem.createFolders("\(folder)/\(name)")
        try FileSystem.write([], to: "\(folder)/\(name)/tool")
      }
      // A folder and a file that nobody may run are no programs.
      let path = ["PATH": ["a", "b", "c"].map { "\(folder)/\($0)" }.joined(separator: ":")]
      #expect(ExternalProgram(named: "tool", environment: path) == nil)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/c/tool")
      #expect(ExternalProgram(named: "tool", environment: path)?.path == "\(folder)/c/tool")
    }
  }

  @Test func outputAndMessagesAreApart() throws {
    let shell = try #require(ExternalProgram(named: "sh"))
    try inFolder { folder in
      let (output, log) = ("\(folder)/out", "\(folder)/log")
      let outcome = try shell.run(["-c", "echo result; echo fault >&2; cat; exit 3"], output: output, log: log)
      #expect(!outcome.succeeded && outcome.messages == "fault\n")
      #expect(try String(contentsOfFile: output, encoding: .utf8) == "result\n")
      #expect(try shell.run(["-c", "true"], log: log).succeeded)
    }
  }

  @Test func temporaryFoldersAreRemoved() throws {
    struct Fault: Error {}
    var kept: String?
    #expect(throws: Fault.self) {
      try inFolder { folder in
        kept = folder
        throw Fault()
      }
    }
    #expect(try !FileManager.default.fileExists(atPath: #require(kept)))
  }

  /// Only whole lines of the present process are read from a log that others have written to.
  @Test func startedProgramsTellTheirLastLines() throws {
    let shell = try #require(ExternalProgram(named: "sh"))
    try inFolder { folder in
      let log = "\(folder)/log"
      try "earlier\n".write(toFile: log, atomically: false, encoding: .utf8)
      let program = try shell.start(["-c", "echo one; echo two >&2; printf half; exec sleep 100"], log: log)
      for _ in 0..<500 where program.lastLines().count < 2 { usleep(10_000) }
      #expect(program.lastLines() == ["one", "two"] && program.status == nil)
      #expect(program.lastLines(within: 10) == ["two"])
      program.send(SIGKILL)
      for _ in 0..<500 where program.status == nil { usleep(10_000) }
      #expect(program.status == 128 + SIGKILL)
      program.send(SIGKILL)
    }
  }

  @Test func startedProgramsHaveTheirStatus() throws {
    let shell = try #require(ExternalProgram(named: "sh"))
    try inFolder { folder in
      let program = try shell.start(["-c", "exit 5"], log: "\(folder)/log")
      for _ in 0..<500 where program.status == nil { usleep(10_000) }
      #expect(program.status == 5 && program.lastLines().isEmpty)
    }
  }
}
