import CEmbedded
import Files
import Foundation
public import Parts

/// A trained run that comes with the program: its configuration, its last checkpoint and its evaluation.
public struct PretrainedRun: Sendable {
  /// What comes before the name of such a run where a run is asked for.
  public static let prefix = "pretrained:"

  /// The name of the run.
  public let name: String
  private let files: [(path: String, bytes: [UInt8])]

  /// The names of all runs.
  public static var names: [String] { Array(Set(entries.map(\.run))).sorted() }

  private static var entries: [(run: String, path: String, bytes: [UInt8])] {
    var count = 0
    guard let first = metarl_pretrained_files(&count) else { return [] }
    return UnsafeBufferPointer(start: first, count: count).map { file in
      (
        String(cString: file.run), String(cString: file.path),
        Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
      )
    }
  }

  /// Finds the run of a name.
  /// - Throws: `UserError` where there is none.
  public init(named name: String) throws(UserError) {
    let names = Self.names
    guard names.contains(name) else {
      throw UserError(
        "\(Self.prefix)\(name): expected one of \(names.map { Self.prefix + $0 }.joined(separator: ", ")), found no such run",
        status: .missingInput)
    }
    self.name = name
    files = Self.entries.filter { $0.run == name }.map { ($0.path, $0.bytes) }
  }

  /// Writes the run's files into the user's cache, unless they are there. Its evaluation may be the user's own by now.
  /// - Parameter environment: the environment of the process, of which `XDG_CACHE_HOME` and `HOME` are used;
  ///   nil for that of this one.
  /// - Throws: `UserError` where the cache has no place or cannot be written.
  public func unpacked(environment: [String: String]? = nil) throws(UserError) -> RunFolder {
    let environment = environment ?? ProcessInfo.processInfo.environment
    guard let cache = UserCache.folder(environment: environment) else {
      throw UserError(
        "\(Self.prefix)\(name): expected HOME or XDG_CACHE_HOME, a place for its files, found neither",
        status: .cannotCreate)
    }
    // Another version of the program may bring another run of the name.
    let version = String(Fingerprint(of: files.flatMap(\.bytes)).description.prefix(8))
    var folder = RunFolder(path: "\(cache)/pretrained/\(name)-\(version)")
    folder.pretrainedName = name
    for file in files {
      let path = "\(folder.path)/\(file.path)"
      let mayDiffer = path == folder.evaluationPath
      if StoredFile.exists(path), mayDiffer || (try? StoredFile.read(path, limit: file.bytes.count)) == file.bytes {
        continue
      }
      try StoredFile.createFolders(URL(filePath: path).deletingLastPathComponent().path)
      try StoredFile.write(file.bytes, to: path)
    }
    return folder
  }
}
