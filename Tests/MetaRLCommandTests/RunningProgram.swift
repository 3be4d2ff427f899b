import Foundation
import Synchronization
import Testing

/// The program as a process of its own, with a folder that lives as long as it.
final class RunningProgram {
  /// What a process left.
  struct Result {
    /// The exit code; 128 and the signal's number where one ended it, as in a shell.
    let status: Int32
    let output: String
    /// What it said of faults and warnings, line by line.
    let errors: [String]
  }

  private let process = Process()
  private let output: URL
  private let errors: URL

  /// Beside the runner of the tests, where the build puts both.
  static let executable: String = {
    let runner = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    return runner.appending(path: "metarl").path
  }()

  /// Starts `metarl` with arguments.
  /// - Parameter program: the path of the program, where it is called otherwise.
  /// - Parameter shell: commands that run before, in the same process: limits, for example.
  init(
    _ arguments: [String], in folder: String, shell: String = "", program: String = RunningProgram.executable
  ) throws {
    let name = UUID().uuidString
    output = URL(filePath: "\(folder)/\(name).out")
    errors = URL(filePath: "\(folder)/\(name).err")
    for url in [output, errors] { try Data().write(to: url) }
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", "\(shell)\nexec \"$0\" \"$@\"", program] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
  }

  /// Runs to the end.
  static func run(
    _ arguments: [String], in folder: String, shell: String = "", program: String = executable
  ) throws -> Result {
    try RunningProgram(arguments, in: folder, shell: shell, program: program).wait()
  }

  var isRunning: Bool { process.isRunning }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Whether the program handles a signal by now. One that comes before ends the program without a word.
  func handles(_ signal: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
    let handled = line?.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } ?? 0
    return handled >> UInt64(signal - 1) & 1 == 1
  }

  /// Sends a signal until the program ends: of two that come shortly after each other, the system may deliver only one.
  func end(by signal: Int32) {
    for _ in 0..<300 where isRunning {
      send(signal)
      usleep(100_000)
    }
  }

  func wait() throws -> Result {
    process.waitUntilExit()
    let status = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    return Result(
      status: status, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8).split(separator: "\n").map(String.init))
  }

  /// Waits until a condition holds, or half a minute has gone.
  static func waitUntil(_ condition: () -> Bool) {
    for _ in 0..<3_000 {
      if condition() { return }
      usleep(10_000)
    }
    Issue.record("half a minute went by, and what was waited for did not happen")
  }
}

/// A folder that lives as long as a test.
final class ScratchFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "metarl-command-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }

  func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: "\(path)/\(name)")) }

  /// A table without its columns of wall-clock time.
  func rows(_ name: String) throws -> [String] {
    let lines = try text(name).split(separator: "\n").map { $0.split(separator: ",") }
    let kept = (lines.first ?? []).indices.filter {
      !lines[0][$0].hasSuffix("_seconds") && !lines[0][$0].hasSuffix("_per_second")
    }
    return lines.map { line in kept.map { String(line[$0]) }.joined(separator: ",") }
  }
}
