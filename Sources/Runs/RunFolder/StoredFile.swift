package import Files
import Foundation
public import Parts

/// The files of runs: `FileSystem`, whose faults become those that the command line tells.
public enum StoredFile {
  /// Reads a file of at most `limit` bytes.
  /// - Throws: `UserError`: `missingInput` where it cannot be opened, `malformedData` where it is too large,
  ///   `inputOutput` where reading fails.
  public static func read(_ path: String, limit: Int) throws(UserError) -> [UInt8] {
    do { return try FileSystem.read(path, limit: limit) } catch { throw UserError(error) }
  }

  /// Writes a file, whole or not at all.
  /// - Throws: `UserError`: `cannotCreate` where the file cannot be made, `inputOutput` where writing fails; the old
  ///   file, if any, is then as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws(UserError) {
    do { try FileSystem.write(bytes, to: path) } catch { throw UserError(error) }
  }

  /// Writes a text; see `write(_:to:)` for bytes.
  public static func write(_ text: String, to path: String) throws(UserError) {
    try write(Array(text.utf8), to: path)
  }

  /// Whether something, of any kind, has this path.
  public static func exists(_ path: String) -> Bool { FileSystem.exists(path) }

  /// The names in a folder, sorted, without those that begin with a dot.
  static func names(in folder: String) throws(UserError) -> [String] {
    do { return try FileSystem.names(in: folder) } catch { throw UserError(error) }
  }

  /// Makes a folder and those above it, as far as they are not there.
  static func createFolders(_ path: String) throws(UserError) {
    do { try FileSystem.createFolders(path) } catch { throw UserError(error) }
  }

  /// Removes what writers that were killed left of files in `folder`: only their one writer may call this.
  static func removeUnfinished(_ names: [String], in folder: String) throws(UserError) {
    for name in try self.names(in: folder) where isUnfinished(name, of: names) { unlink("\(folder)/\(name)") }
  }

  /// Whether a name is one that a file has until it is whole whose own name begins with one of `names`.
  static func isUnfinished(_ name: String, of names: [String]) -> Bool {
    name.hasSuffix(NewFile.temporarySuffix) && names.contains { name.hasPrefix($0) }
  }

  /// The path from the root of the file system; a relative one begins where the process works, or in `folder`.
  static func absolutePath(_ path: String, in folder: String = "") -> String {
    if path.hasPrefix("/") { return path }
    let start = absoluteFolder(folder)
    return (start.hasSuffix("/") ? start : start + "/") + path
  }

  private static func absoluteFolder(_ folder: String) -> String {
    let current = FileManager.default.currentDirectoryPath
    return folder.isEmpty ? current : absolutePath(folder)
  }

  /// The folder of a file; empty where the path names none.
  static func folder(of path: String) -> String { FileSystem.folder(of: path) }
}

extension UserError {
  /// A fault of a file as the command line tells it.
  package init(_ fault: FileFault) {
    let status: Status =
      switch fault.kind {
      case .missing: .missingInput
      case .malformed: .malformedData
      case .inputOutput: .inputOutput
      case .cannotCreate: .cannotCreate
      }
    self.init(fault.description, status: status)
  }
}
