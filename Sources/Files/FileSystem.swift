import Glibc

/// Access to files and folders by their paths: reading has a size limit, and a file is written completely or not at all.
public enum FileSystem {
  /// Returns whether a file, a folder or anything else has this path; a link counts wherever it leads.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Returns whether a path, or the link there, leads to something; a broken link does not count.
  package static func isReachable(_ path: String) -> Bool { kind(of: path) != nil }

  /// Returns whether the path is that of a regular file, and not of a link to one.
  package static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Returns whether the path is that of a folder, or of a link to one.
  public static func isFolder(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

  /// Returns the file type to which a path, or the link there, leads; nil where it leads to nothing.
  static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Returns the folder of a file; empty where the path names none.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Creates a folder and its parents where they do not exist.
  /// - Throws: `FileFault` (`cannotCreate`) that names the first folder that cannot be created.
  public static func createFolders(_ path: String) throws(FileFault) {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      folder += part
      if mkdir(folder, 0o755) != 0 {
        let fault = folderFault(folder)
        // A read-only file system may report this error also for an existing folder.
        guard isFolder(folder) else { throw fault }
      }
      folder += "/"
    }
  }

  /// Returns why a folder could not be created, from `errno` and from what has its path.
  private static func folderFault(_ folder: String) -> FileFault {
    guard errno == EEXIST else { return .system(.cannotCreate, "cannot create", folder) }
    let found = isReachable(folder) ? "a file" : "a link to nothing"
    return FileFault(.cannotCreate, "cannot create \(folder): expected a folder, found \(found)")
  }

  /// Returns the names in a folder, sorted, without those that begin with a dot.
  /// - Throws: `FileFault` (`missing`) where the folder cannot be opened.
  public static func names(in folder: String) throws(FileFault) -> [String] {
    try entries(of: EntryName(folder)).map { String(decoding: $0.bytes, as: UTF8.self) }.sorted()
  }

  /// Returns the names in a folder in the file system's order, without those that begin with a dot.
  package static func entries(of folder: EntryName) throws(FileFault) -> [EntryName] {
    guard let stream = opendir(folder.cString) else { throw .system(.missing, "cannot read", "\(folder)") }
    defer { closedir(stream) }
    var names: [EntryName] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { name in
          EntryName(UnsafeBufferPointer(start: name, count: strnlen(pointer, 256)))
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// Flushes the folder of a path, so that a rename or a new file is durable; a file system that cannot flush a folder is
  /// left as it is.
  package static func synchronizeFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
