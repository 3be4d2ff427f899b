package import Files
import Foundation
public import Parts

/// Access to the files of runs: `FileSystem`, whose faults become errors of the command line.
public enum StoredFile {
  /// Returns the bytes of a file of at most `limit` bytes.
  /// - Throws: `UserError`: `missingInput` where it cannot be opened, `malformedData` where it is too large,
  ///   `inputOutput` where reading fails.
  public static func read(_ path: String, limit: Int) throws(UserError) -> [UInt8] {
    do { return try FileSystem.read(path, limit: limit) } catch { throw UserError(error) }
  }

  /// Writes a file completely or not at all.
  /// - Throws: `UserError`: `cannotCreate` where the file cannot be created, `inputOutput` where writing fails; the old
  ///   file, if any, is then unchanged.
  public static func write(_ bytes: [UInt8], to path: String) throws(UserError) {
    do { try FileSystem.write(bytes, to: path) } catch { throw UserError(error) }
  }

  /// Writes a text as UTF-8; see `write(_:to:)` for bytes.
  public static func write(_ text: String, to path: String) throws(UserError) {
    try write(Array(text.utf8), to: path)
  }

  /// Returns whether a file, a folder or anything else has this path.
  public static func exists(_ path: String) -> Bool { FileSystem.exists(path) }

  /// Returns the names in a folder, sorted, without those that begin with a dot.
  static func names(in folder: String) throws(UserError) -> [String] {
    do { return try FileSystem.names(in: folder) } catch { throw UserError(error) }
  }

  /// Creates a folder and its parents where they do not exist.
  package static func createFolders(_ path: String) throws(UserError) {
    do { try FileSystem.createFolders(path) } catch { throw UserError(error) }
  }

  /// Removes the unfinished files that killed writers left in `folder`: only the one writer of the files may call this.
  static func removeUnfinished(_ names: [String], in folder: String) throws(UserError) {
    for name in try self.names(in: folder) where isUnfinished(name, of: names) { unlink("\(folder)/\(name)") }
  }

  /// Returns whether a name is the temporary one of an unfinished file whose final name begins with one of `names`.
  static func isUnfinished(_ name: String, of names: [String]) -> Bool {
    name.hasSuffix(NewFile.temporarySuffix) && names.contains { name.hasPrefix($0) }
  }

  /// Returns the absolute path of a file; a relative one starts from the working directory, or from `folder`.
  static func absolutePath(_ path: String, in folder: String = "") -> String {
    if path.hasPrefix("/") { return path }
    let start = absoluteFolder(folder)
    return (start.hasSuffix("/") ? start : start + "/") + path
  }

  private static func absoluteFolder(_ folder: String) -> String {
    let current = FileManager.default.currentDirectoryPath
    return folder.isEmpty ? current : absolutePath(folder)
  }

  /// Returns the folder of a file; empty where the path names none.
  static func folder(of path: String) -> String { FileSystem.folder(of: path) }
}

extension UserError {
  /// Creates the error of the command line for a fault of a file.
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
