import Foundation

/// Another program that runs beside this one, without a shell: its standard input is empty, and what it writes goes to
/// files.
public final class ChildProcess {
  private let process = Process()

  /// Returns the path of the first program of a name in the folders of the search path; nil where none has it.
  /// - Parameter environment: the environment of the process, of which `PATH` is used; nil for that of this one.
  public static func path(of program: String, environment: [String: String]? = nil) -> String? {
    let environment = environment ?? ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first {
      FileManager.default.isExecutableFile(atPath: $0) && !FileSystem.isFolder($0)
    }
  }

  /// Starts a program.
  /// - Parameters:
  ///   - path: the path of the program.
  ///   - output: the path of the file that receives its standard output; nil to drop it.
  ///   - errors: the path of the file that receives its standard error; nil to drop it.
  /// - Throws: `FileFault`: `missing` where the program cannot be run, `cannotCreate` where a file cannot be created.
  public init(_ path: String, _ arguments: [String], output: String? = nil, errors: String? = nil) throws(FileFault) {
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.handle(output)
    process.standardError = try Self.handle(errors)
    do {
      try process.run()
    } catch {
      throw FileFault(.missing, "cannot run \(path): \(error.localizedDescription)")
    }
  }

  private static func handle(_ path: String?) throws(FileFault) -> FileHandle {
    guard let path else { return .nullDevice }
    try FileSystem.write([], to: path)
    guard let handle = FileHandle(forWritingAtPath: path) else { throw .system(.cannotCreate, "cannot write", path) }
    return handle
  }

  /// Waits until the program has ended, and returns its exit status.
  public func wait() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Runs a program that needs files of its own, and waits until it has ended.
  /// - Parameters:
  ///   - path: the path of the program.
  ///   - arguments: receives the path of a new empty folder, writes there what the program is to read, and returns the
  ///     arguments.
  ///   - result: receives the path of the folder, whose file `output` has the standard output, and reads what the program
  ///     has written. The folder is then removed.
  /// - Throws: `ChildProcessFault` where the program fails, `FileFault` where it cannot be run, and what the closures throw.
  public static func run<Result>(
    _ path: String, arguments: (_ folder: String) throws -> [String], result: (_ folder: String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "metarl-\(UUID().uuidString)").path
    try FileSystem.createFolders(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (output, errors) = ("\(folder)/output", "\(folder)/errors")
    let status = try ChildProcess(path, arguments(folder), output: output, errors: errors).wait()
    guard status == 0 else {
      let bytes = (try? FileSystem.read(errors, limit: ChildProcessFault.longestText)) ?? []
      throw ChildProcessFault(status: status, text: String(decoding: bytes, as: UTF8.self))
    }
    return try result(folder)
  }
}

/// What a program that failed wrote to its standard error, and its exit status.
public struct ChildProcessFault: Error, Equatable, Sendable {
  static let longestText = 1_000_000

  /// The exit status.
  public let status: Int32
  /// What it wrote to its standard error.
  public let text: String
}
