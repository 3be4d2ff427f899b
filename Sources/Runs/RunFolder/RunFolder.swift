import Files
import Glibc
public import Parts

/// The folder of a run: `config.yaml`, `metrics.csv`, `checkpoints`, `evaluation.json`.
public struct RunFolder: Equatable, Sendable {
  /// As the user gave it.
  public let path: String

  /// The resolved configuration.
  public var configurationPath: String { path + "/config.yaml" }
  /// One row a meta-iteration.
  public var metricsPath: String { path + "/metrics.csv" }
  /// What each iteration left, as hashes.
  public var hashesPath: String { path + "/hashes.csv" }
  /// The run's own copy of a file that the user brought.
  private func copyPath(_ file: RunConfiguration.UserFile) -> String {
    StoredFile.absolutePath(file.copyName, in: path)
  }
  /// What `evaluate` found last.
  public var evaluationPath: String { path + "/evaluation.json" }
  package var checkpoints: CheckpointStore { CheckpointStore(folder: path + "/checkpoints") }

  /// The folder at a path, which need not exist.
  public init(path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// The folder of a run that nobody named: `runs/<task>-<algorithm>-seed<seed>`.
  public static func usual(for configuration: RunConfiguration, in parent: String = "runs") -> RunFolder {
    RunFolder(path: "\(parent)/\(configuration.taskName)-\(configuration.algorithmName)-seed\(configuration.run.seed)")
  }

  /// The usual folder, or where it exists the first free one of its name and a number from 2.
  public static func next(for configuration: RunConfiguration, in parent: String = "runs") -> RunFolder {
    let usual = usual(for: configuration, in: parent)
    var folder = usual
    var number = 2
    while StoredFile.exists(folder.path) {
      folder = RunFolder(path: "\(usual.path)-\(number)")
      number += 1
    }
    return folder
  }

  /// Makes a new folder with its `config.yaml`, and copies of the files that it names. A folder in which an
  /// earlier process came no further than that is taken for a new one: one that is empty or has nothing but such copies.
  /// - Returns: the configuration of the run in the folder, which reads the copies, and the lock on it.
  /// - Throws: `UserError` (`cannotCreate`) where it exists or cannot be made.
  package func create(_ configuration: RunConfiguration) throws(UserError) -> (
    configuration: RunConfiguration, lock: RunLock
  ) {
    let isNew = !FileSystem.exists(path)
    try StoredFile.createFolders(path)
    let taken = UserError(
      "\(path) exists: expected a new folder; give another --run, or go on with that run by --resume \(path)",
      status: .cannotCreate)
    guard FileSystem.isFolder(path) else { throw taken }
    let lock = try RunLock(self)
    var written: [String] = []
    do throws(UserError) {
      guard try isUnused(files: configuration.userFiles) else { throw taken }
      try removeUnfinishedFiles(copies: configuration.userFiles.map(\.copyName))
      let stored = try fill(configuration, written: &written)
      FileSystem.synchronizeFolder(of: path)
      return (stored, lock)
    } catch {
      // What was there before is not this process's to remove.
      for file in written { unlink(file) }
      if isNew { rmdir(path) }
      throw error
    }
  }

  /// Makes what a new folder holds.
  /// - Parameter written: gets the paths of the files that were written, also where a later one cannot be.
  private func fill(_ configuration: RunConfiguration, written: inout [String]) throws(UserError) -> RunConfiguration {
    var stored = configuration
    for file in configuration.userFiles {
      if try !isCopied(file) {
        try StoredFile.write(StoredFile.read(file.path, limit: RunIdentity.largestFile), to: copyPath(file))
        written.append(copyPath(file))
      }
      stored.set(file, to: copyPath(file))
    }
    try write(stored)
    written.append(configurationPath)
    try createCheckpointFolder()
    return stored
  }

  /// Whether the folder holds nothing but what a process leaves that ended before it had written `config.yaml`.
  /// - Parameter files: the files that the run copies.
  private func isUnused(files: [RunConfiguration.UserFile]) throws(UserError) -> Bool {
    for name in try StoredFile.names(in: path) {
      if let file = files.first(where: { $0.copyName == name }) {
        guard try isCopied(file) else { return false }
      } else if name == "checkpoints" {
        guard FileSystem.isFolder(checkpoints.folder), try StoredFile.names(in: checkpoints.folder).isEmpty else {
          return false
        }
      } else {
        guard StoredFile.isUnfinished(name, of: runFileNames(copies: files.map(\.copyName))) else { return false }
      }
    }
    return true
  }

  /// Whether the run's copy of a file is there already: a user's own file of that name has other bytes.
  private func isCopied(_ file: RunConfiguration.UserFile) throws(UserError) -> Bool {
    guard FileSystem.isRegularFile(copyPath(file)) else { return false }
    let bytes = try StoredFile.read(file.path, limit: RunIdentity.largestFile)
    // What cannot be read, or is larger, is not the copy.
    return (try? StoredFile.read(copyPath(file), limit: bytes.count)) == bytes
  }

  /// Makes the `checkpoints` folder, unless it is there.
  package func createCheckpointFolder() throws(UserError) {
    try StoredFile.createFolders(checkpoints.folder)
  }

  /// Replaces `config.yaml`.
  package func write(_ configuration: RunConfiguration) throws(UserError) {
    var written = configuration
    // Relative to the file, so that the folder can be moved.
    let inside = StoredFile.absolutePath("", in: path)
    for file in configuration.userFiles where file.path.hasPrefix(inside) {
      written.set(file, to: String(file.path.dropFirst(inside.count)))
    }
    try StoredFile.write(ConfigurationFile.text(of: written), to: configurationPath)
  }

  /// The configuration that the run was started with.
  /// - Throws: `UserError` where this is no run folder, or its `config.yaml` is damaged.
  public func configuration(catalog: Catalog) throws(UserError) -> RunConfiguration {
    guard StoredFile.exists(path) else {
      throw UserError("\(path): expected the folder of a run, found nothing", status: .missingInput)
    }
    guard StoredFile.exists(configurationPath) else {
      throw UserError("\(path): expected the folder of a run, found no config.yaml in it", status: .missingInput)
    }
    let settings = try ConfigurationFile.read(configurationPath)
    let names = Set(settings.map(\.key))
    guard names.contains("task") else { throw missingKey("task") }
    let configuration = try RunConfiguration(settings: settings, catalog: catalog, unusedKeys: .leftOut)
    if let missing = configuration.entries.first(where: { !$0.key.isNew && !names.contains($0.key.name) }) {
      throw missingKey(missing.key.name)
    }
    return configuration
  }

  private func missingKey(_ name: String) -> UserError {
    UserError("\(configurationPath): expected the key \(name), found none", status: .configuration)
  }
}

// What a kill may leave.
extension RunFolder {
  /// Removes files that were being written when an earlier process ended; the run's lock must be held.
  /// - Parameter copies: the names of the run's copies of files.
  package func removeUnfinishedFiles(copies: [String] = []) throws(UserError) {
    try StoredFile.removeUnfinished(runFileNames(copies: copies), in: path)
    if StoredFile.exists(checkpoints.folder) {
      try StoredFile.removeUnfinished(["iteration-"], in: checkpoints.folder)
    }
  }

  private func runFileNames(copies: [String]) -> [String] { ["config.yaml", "metrics.csv", "hashes.csv"] + copies }

  /// Checks that a run without any checkpoint may start again: it must not have come as far as its first one.
  /// - Parameter interval: the iterations between checkpoints.
  /// - Throws: `UserError` where checkpoints must have been there and are gone.
  package func checkRestart(interval: Int, warn: (String) -> Void) throws(UserError) {
    let count = max(try MetricsTable.rowCount(path: metricsPath), try MetricsTable.rowCount(path: hashesPath))
    guard count <= interval else {
      throw UserError(
        "\(checkpoints.folder): expected a checkpoint every \(interval) iterations, found none beside \(count) rows of "
          + "metrics.csv or hashes.csv; bring them back, or start a new run with --config \(configurationPath)",
        status: .missingInput)
    }
    if count > 0 {
      warn("\(path): stopped before its first checkpoint; its \(count) iterations are computed again")
    }
  }
}

/// Keeps two processes from training one run: held as long as the value lives.
package final class RunLock {
  private let descriptor: Int32

  /// Locks the folder of a run.
  /// - Throws: `UserError` (`busy`) where another process holds it.
  package init(_ folder: RunFolder) throws(UserError) {
    // Before the object exists, whose end closes the descriptor.
    descriptor = try Self.openLocked(folder)
  }

  private static func openLocked(_ folder: RunFolder) throws(UserError) -> Int32 {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError(.system(.missing, "cannot read", folder.path)) }
    // A file system without locks is no reason not to train.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      close(descriptor)
      throw UserError("\(folder.path): another process is training this run", status: .busy)
    }
    return descriptor
  }

  deinit { close(descriptor) }
}
