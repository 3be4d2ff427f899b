import Foundation
import ImageDataFixtures
import Testing

@testable import Files

/// Programs that run beside this one.
@Suite struct ChildProcessTests {
  @Test func theFirstProgramOfTheSearchPathIsTaken() throws {
    let folder = try ScratchFolder()
    try FileSystem.createFolders("\(folder.path)/a/tool")
    for name in ["b", "c"] {
      try FileSystem.createFolders("\(folder.path)/\(name)")
      try FileSystem.write([], to: "\(folder.path)/\(name)/tool")
    }
    // A folder and a file that nobody may run are no programs.
    let path = ["a", "b", "c"].map { "\(folder.path)/\($0)" }.joined(separator: ":")
    #expect(ChildProcess.path(of: "tool", environment: ["PATH": path]) == nil)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder.path)/c/tool")
    #expect(ChildProcess.path(of: "tool", environment: ["PATH": path]) == "\(folder.path)/c/tool")
    #expect(ChildProcess.path(of: "sh", environment: [:])?.hasSuffix("/sh") == true)
  }

  @Test func aProgramReadsAndWritesInAFolderThatIsThenRemoved() throws {
    let (text, folder) = try ChildProcess.run("/bin/sh") { folder in
      try FileSystem.write(Array("cat; echo out; echo err >&2".utf8), to: "\(folder)/script")
      return ["\(folder)/script"]
    } result: { folder in
      (String(decoding: try FileSystem.read("\(folder)/output", limit: 100), as: UTF8.self), folder)
    }
    // The standard input is empty, so that cat ends.
    #expect(text == "out\n" && !FileSystem.exists(folder))
  }

  @Test func aProgramThatFailsTellsWhatItWrote() throws {
    let fault = #expect(throws: ChildProcessFault.self) {
      try ChildProcess.run("/bin/sh") { _ in
        ["-c", "echo no >&2; exit 3"]
      } result: { _ in
      }
    }
    #expect(fault == ChildProcessFault(status: 3, text: "no\n"))
    let missing = #expect(throws: FileFault.self) { try ChildProcess("/none/tool", []) }
    #expect(missing?.kind == .missing && missing?.description.hasPrefix("cannot run /none/tool: ") == true)
  }
}
