import Files
import Parts

/// Where data sets are looked for and where decoded images are kept.
public struct DataFolders: Sendable {
  /// In the order in which they are looked through; each may hold a folder a data set.
  public let roots: [String]
  /// The user's own cache, which has the decoded images of all data folders: `metarl` in XDG_CACHE_HOME, else in `~/.cache`;
  /// nil where neither is known. A folder that all may write to is none: others could put their files there.
  public let cache: String?

  /// - Parameters:
  ///   - given: the folder that the user named, which is then the only one.
  ///   - environment: of the process: `METARL_DATA`, `XDG_CACHE_HOME` and `HOME` count.
  public init(given: String?, environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The XDG base directory specification has a relative path ignored.
    let named = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    cache = (named ?? value("HOME").map { "\($0)/.cache" }).map { "\($0)/metarl" }
    if let given, !given.isEmpty {
      roots = [given]
    } else {
      roots = [value("METARL_DATA"), cache].compactMap { $0 }
    }
  }

  /// Where a download goes: the first of the roots.
  /// - Throws: `DataError` where there is none.
  public func folder(for dataSet: DataSet) throws(DataError) -> String {
    guard let root = roots.first else {
      throw DataError(.missing, at: dataSet.name, expected: "a folder for its files, \(places)", found: "none")
    }
    return "\(root)/\(dataSet.name)"
  }

  /// The roots, for a reader.
  public var places: String {
    roots.isEmpty ? "by --data, METARL_DATA, XDG_CACHE_HOME or HOME" : roots.joined(separator: " or ")
  }

  /// The folder that has the files of the data set.
  /// - Throws: `DataError` that says where they were looked for and how to get them.
  public func find(_ dataSet: DataSet) throws(DataError) -> String {
    let folders = roots.map { "\($0)/\(dataSet.name)" }
    var shortcoming: DataError?
    for folder in folders where try FileTree.isReadableFolder(folder) {
      do {
        _ = try dataSet.source.files(in: folder)
        return folder
      } catch {
        shortcoming = shortcoming ?? error
      }
    }
    let looked = roots.isEmpty ? "a folder that is given \(places)" : folders.joined(separator: " or ")
    let found = shortcoming?.description ?? "\(dataSet.name): expected its files in \(looked), found no such folder"
    throw DataError(.missing, "\(found); \(ProgramName.current) data fetch \(dataSet.name) gets them, or says how to")
  }
}

extension DataSet {
  /// Whether there are files of it, or a folder that cannot be read, of which its reader tells.
  public func isPresent(in folders: DataFolders) -> Bool {
    folders.roots.contains { root in
      let folder = "\(root)/\(name)"
      do {
        return try FileTree.isReadableFolder(folder) && !FolderListing.entries(of: EntryName(folder)).isEmpty
      } catch {
        return true
      }
    }
  }

  /// The images of each split, decoded now or taken from the cache.
  public func load(from folders: DataFolders) throws(DataError) -> [ImageSplit: ImageSet] {
    let folder = try folders.find(self)
    return try source.split(images(in: folder, folders))
  }

  private func images(in folder: String, _ folders: DataFolders) throws(DataError) -> ImageSet {
    try Self.images(of: source, in: folder, folders)
  }

  private static func images(
    of source: some ImageSource, in folder: String, _ folders: DataFolders
  ) throws(DataError) -> ImageSet {
    guard let cache = folders.cache else { return try ImageCache.imagesInMemory(of: source, in: folder) }
    return try ImageCache(source, in: folder, cache: cache).images(of: source, in: folder)
  }
}
