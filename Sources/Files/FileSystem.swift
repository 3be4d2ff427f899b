import Glibc

/// Files and folders by their paths: those that are read have a limit, those that are written are whole or not there.
public enum FileSystem {
  /// Whether something, of any kind, has this path; a link counts wherever it leads.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether a path, or the link there, leads to something; a link to nothing does not count.
  package static func isReachable(_ path: String) -> Bool { kind(of: path) != nil }

  /// Whether there is a regular file, and not a link to one.
  package static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether there is a folder, or a link to one.
  public static func isFolder(_ path: String) -> Bool { kind(of: path) == S_IFDIR }

  /// The kind of what a path, or the link there, leads to; nil where that is nothing.
  static func kind(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// The folder of a file; empty where the path names none.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it, as far as they are not there.
  /// - Throws: `FileFault` (`cannotCreate`) that names the first that cannot be made.
  public static func createFolders(_ path: String) throws(FileFault) {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      folder += part
      if mkdir(folder, 0o755) != 0 {
        let fault = folderFault(folder)
        // A file system that cannot be written may say so of a folder that is there.
        guard isFolder(folder) else { throw fault }
      }
      folder += "/"
    }
  }

  /// Why a folder could not be made, by `errno` and by what is there.
  private static func folderFault(_ folder: String) -> FileFault {
    guard errno == EEXIST else { return .system(.cannotCreate, "cannot create", folder) }
    let found = isReachable(folder) ? "a file" : "a link to nothing"
    return FileFault(.cannotCreate, "cannot create \(folder): expected a folder, found \(found)")
  }

  /// The names in a folder, sorted, without those that begin with a dot.
  /// - Throws: `FileFault` (`missing`) where it cannot be opened.
  public static func names(in folder: String) throws(FileFault) -> [String] {
    try entries(of: EntryName(folder)).map { String(decoding: $0.bytes, as: UTF8.self) }.sorted()
  }

  /// The names in a folder as the file system has and orders them, without those that begin with a dot.
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

  /// Makes a rename or a new file last; a file system that cannot flush a folder is left as it is.
  package static func synchronizeFolder(of path: String) {
    let folder = folder(of: path)
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
