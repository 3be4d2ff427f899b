import Files
import Glibc
public import Parts

/// The folder of a run: `config.yaml`, `metrics.csv`, `checkpoints`, `evaluation.json`.
public struct RunFolder: Equatable, Sendable {
  /// The path of the folder as the user gave it.
  public let path: String
  /// The name of a run that comes with the program, whose files are in the user's cache; nil for a run of the user's.
  public internal(set) var pretrainedName: String?

  /// The path of the resolved configuration.
  public var configurationPath: String { path + "/config.yaml" }
  /// The path of the metrics, which have one row per meta-iteration.
  public var metricsPath: String { path + "/metrics.csv" }
  /// The path of the hashes of the state after each iteration.
  public var hashesPath: String { path + "/hashes.csv" }
  /// Returns the path of the run's own copy of a user's file.
  private func copyPath(_ file: RunConfiguration.UserFile) -> String {
    StoredFile.absolutePath(file.copyName, in: path)
  }
  /// The path of the report of the last evaluation.
  public var evaluationPath: String { path + "/evaluation.json" }
  /// The path of a line that says in which iteration the training diverged, and how; there is no such file where it has not.
  public var divergencePath: String { path + "/diverged.txt" }
  package var checkpoints: CheckpointStore { CheckpointStore(folder: path + "/checkpoints") }

  /// Creates the run folder at a path, which need not exist.
  public init(path: String) {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// The folder that has the folders of runs for which the user names none.
  public static let usualParent = "runs"

  /// Whether the folder holds a run, of whatever configuration and however far.
  public var hasRun: Bool { StoredFile.exists(configurationPath) }

  /// Returns the default folder of a run: `runs/<task>-<algorithm>-seed<seed>`.
  public static func usual(for configuration: RunConfiguration, in parent: String = usualParent) -> RunFolder {
    RunFolder(path: "\(parent)/\(configuration.taskName)-\(configuration.algorithmName)-seed\(configuration.run.seed)")
  }

  /// Returns the default folder, or where it exists the first free one of its name and a number from 2.
  public static func next(for configuration: RunConfiguration, in parent: String = usualParent) -> RunFolder {
    let usual = usual(for: configuration, in: parent)
    var folder = usual
    var number = 2
    while StoredFile.exists(folder.path) {
      folder = RunFolder(path: "\(usual.path)-\(number)")
      number += 1
    }
    return folder
  }

  /// Creates a new folder with its `config.yaml`, and copies of the files that it names. An existing folder counts as new
  /// where it is empty or has nothing but such copies, which an earlier process left.
  /// - Returns: the configuration of the run in the folder, which reads the copies, and the lock on it.
  /// - Throws: `UserError` (`cannotCreate`) where the folder exists or cannot be created.
  package func create(_ configuration: RunConfiguration) throws(UserError) -> (
    configuration: RunConfiguration, lock: RunLock
  ) {
    let isNew = !FileSystem.exists(path)
    try StoredFile.createFolders(path)
    let taken = UserError(
      "\(path) exists: expected a new folder; name another one, or resume that run",
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
      // This process must not remove files that existed before.
      for file in written { unlink(file) }
      if isNew { rmdir(path) }
      throw error
    }
  }

  /// Writes the files of a new folder.
  /// - Parameter written: receives the paths of the written files, also where a later file cannot be written.
  private func fill(_ configuration: RunConfiguration, written: inout [String]) throws(UserError) -> RunConfiguration {
    var stored = configuration
    for file in configuration.userFiles {
      if try !isCopied(file) {
        try StoredFile.write(StoredFile.read(file.path, limit: file.largestSize), to: copyPath(file))
        written.append(copyPath(file))
      }
      stored.set(file, to: copyPath(file))
    }
    try write(stored)
    written.append(configurationPath)
    try createCheckpointFolder()
    return stored
  }

  /// Returns whether the folder holds only files of a process that ended before it had written `config.yaml`.
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

  /// Returns whether the run's copy of a file already exists: a user's own file of that name has other bytes.
  private func isCopied(_ file: RunConfiguration.UserFile) throws(UserError) -> Bool {
    guard FileSystem.isRegularFile(copyPath(file)) else { return false }
    let bytes = try StoredFile.read(file.path, limit: file.largestSize)
    // A file that cannot be read, or that is larger, is not the copy.
    return (try? StoredFile.read(copyPath(file), limit: bytes.count)) == bytes
  }

  /// Keeps the line that says how the training diverged. A folder that cannot be written loses nothing: the caller tells it.
  package func keepDivergence(_ line: String) { try? StoredFile.write(line + "\n", to: divergencePath) }

  /// Forgets an earlier divergence, of a run that goes on.
  package func forgetDivergence() { unlink(divergencePath) }

  /// Creates the `checkpoints` folder where it does not exist.
  package func createCheckpointFolder() throws(UserError) {
    try StoredFile.createFolders(checkpoints.folder)
  }

  /// Replaces `config.yaml` by the text of a configuration.
  package func write(_ configuration: RunConfiguration) throws(UserError) {
    var written = configuration
    // The path is relative to the file, so that the folder can be moved.
    let inside = StoredFile.absolutePath("", in: path)
    for file in configuration.userFiles where file.path.hasPrefix(inside) {
      written.set(file, to: String(file.path.dropFirst(inside.count)))
    }
    try StoredFile.write(ConfigurationFile.text(of: written), to: configurationPath)
  }

  /// Returns the configuration with which the run was started.
  /// - Throws: `UserError` where the folder is not a run folder, or its `config.yaml` is damaged.
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
    var configuration = try RunConfiguration(settings: settings, catalog: catalog, unusedKeys: .leftOut)
    // A run of an earlier version did what there was, whatever today's defaults are.
    let earlier = configuration.entries.compactMap { entry in
      names.contains(entry.key.name)
        ? nil
        : entry.key.earlierValue.map {
          ConfigurationSetting(key: entry.key.name, text: $0, origin: .file(path: configurationPath, line: 0))
        }
    }
    if !earlier.isEmpty {
      configuration = try RunConfiguration(settings: settings + earlier, catalog: catalog, unusedKeys: .leftOut)
    }
    if let missing = configuration.entries.first(where: { !$0.key.isNew && !names.contains($0.key.name) }) {
      throw missingKey(missing.key.name)
    }
    return configuration
  }

  private func missingKey(_ name: String) -> UserError {
    UserError("\(configurationPath): expected the key \(name), found none", status: .configuration)
  }
}

// Unfinished files that a kill may leave.
extension RunFolder {
  /// Removes the unfinished files of an earlier process; the caller must hold the run's lock.
  /// - Parameter copies: the names of the run's copies of files.
  package func removeUnfinishedFiles(copies: [String] = []) throws(UserError) {
    try StoredFile.removeUnfinished(runFileNames(copies: copies), in: path)
    if StoredFile.exists(checkpoints.folder) {
      try StoredFile.removeUnfinished(["iteration-"], in: checkpoints.folder)
    }
  }

  private func runFileNames(copies: [String]) -> [String] { ["config.yaml", "metrics.csv", "hashes.csv"] + copies }

  /// Checks that a run without a checkpoint may start again: it must not have reached its first one.
  /// - Parameter interval: the number of iterations between checkpoints.
  /// - Throws: `UserError` where checkpoints must have existed and are missing.
  package func checkRestart(interval: Int, warn: (String) -> Void) throws(UserError) {
    let count = max(try MetricsTable.rowCount(path: metricsPath), try MetricsTable.rowCount(path: hashesPath))
    guard count <= interval else {
      throw UserError(
        "\(checkpoints.folder): expected a checkpoint every \(interval == 1 ? "iteration" : "\(interval) iterations"), found none beside "
          + "\(count.counted("row")) of "
          + "metrics.csv or hashes.csv; bring them back, or start a new run of \(configurationPath)",
        status: .missingInput)
    }
    if count > 0 {
      warn(
        "\(path): stopped before its first checkpoint; its "
          + (count == 1 ? "iteration is" : "\(count) iterations are") + " computed again")
    }
  }
}

/// A lock that keeps two processes from training one run, held as long as the value exists.
package final class RunLock {
  private let descriptor: Int32

  /// Locks the folder of a run.
  /// - Throws: `UserError` (`busy`) where another process holds it.
  package init(_ folder: RunFolder) throws(UserError) {
    // The descriptor is opened before the object exists, whose deinitializer closes it.
    descriptor = try Self.openLocked(folder)
  }

  private static func openLocked(_ folder: RunFolder) throws(UserError) -> Int32 {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UserError(.system(.missing, "cannot read", folder.path)) }
    // Training continues on a file system without locks.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK {
      close(descriptor)
      throw UserError("\(folder.path): another process is training this run", status: .busy)
    }
    return descriptor
  }

  deinit { close(descriptor) }
}
