import Foundation
import Glibc

/// A program that runs as a process of its own, with an empty standard input.
package struct ExternalProgram {
  /// The path of the program.
  package let path: String

  /// Creates the program at a path.
  package init(path: String) { self.path = path }

  /// Finds the first program of a name on the search path; nil where there is none.
  /// - Parameter environment: the environment of the process, of which `PATH` is used; nil for that of this one.
  package init?(named name: String, environment: [String: String]? = nil) {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    // A folder may be entered, which counts as executable.
    let path = folders.map { "\($0)/\(name)" }.first {
      FileManager.default.isExecutableFile(atPath: $0) && !FileSystem.isFolder($0)
    }
    guard let path else { return nil }
    self.path = path
  }

  /// Runs the program to its end.
  /// - Parameters:
  ///   - output: a file for what it writes to standard output; nil for none.
  ///   - log: a file for what it writes to standard error.
  /// - Returns: whether it succeeded, and what it wrote to standard error.
  package func run(_ arguments: [String], output: String? = nil, log: String) throws -> (
    succeeded: Bool, messages: String
  ) {
    let process = process(arguments)
    process.standardOutput = try output.map { try Self.newFile($0) } ?? FileHandle.nullDevice
    process.standardError = try Self.newFile(log)
    try process.run()
    process.waitUntilExit()
    let messages = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
    return (process.terminationReason == .exit && process.terminationStatus == 0, messages)
  }

  /// Starts the program, which appends what it writes to a file.
  /// - Parameters:
  ///   - environment: variables that the program has beside those of this process.
  ///   - log: the file.
  package func start(
    _ arguments: [String], environment: [String: String] = [:], log: String
  ) throws -> StartedProgram {
    // Two programs may have one log: what each writes goes to its end.
    let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileFault.system(.cannotCreate, "cannot write", log) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let start = try file.seekToEnd()
    let process = process(arguments)
    if !environment.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    }
    process.standardOutput = file
    process.standardError = file
    try process.run()
    return StartedProgram(process: process, log: log, logStart: start)
  }

  private func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    return process
  }

  private static func newFile(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  /// Calls `body` with a new folder, which is removed afterwards.
  package static func withTemporaryFolder<Result>(
    _ name: String, _ body: (_ folder: String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }
}

/// A program that has been started.
package final class StartedProgram {
  private let process: Process
  private let log: String
  /// The size of the log before the program was started.
  private let logStart: UInt64

  fileprivate init(process: Process, log: String, logStart: UInt64) {
    (self.process, self.log, self.logStart) = (process, log, logStart)
  }

  /// The exit status, by the convention of shells: 128 and the number of the signal that ended the program; nil where it
  /// still runs.
  package var status: Int32? {
    guard !process.isRunning else { return nil }
    return process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
  }

  /// Sends a signal to the program, where it still runs.
  package func send(_ signal: Int32) {
    if process.isRunning { kill(process.processIdentifier, signal) }
  }

  /// Returns the whole lines at the end of what the program has written, as far as they fit into some bytes.
  package func lastLines(within bytes: UInt64 = 8_192) -> [String] {
    guard let file = try? FileHandle(forReadingFrom: URL(filePath: log)), let end = try? file.seekToEnd(),
      end > logStart
    else {
      return []
    }
    let start = max(logStart, end > bytes ? end - bytes : 0)
    guard (try? file.seek(toOffset: start)) != nil, let data = try? file.readToEnd() else { return [] }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    // The last line has no end yet, and the first may have lost its beginning.
    return lines.dropFirst(start > logStart ? 1 : 0).dropLast().map(String.init)
  }
}
