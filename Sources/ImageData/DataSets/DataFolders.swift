/// Where data sets are looked for and where decoded images are kept.
public struct DataFolders: Sendable {
  /// In the order in which they are looked through; each may hold a folder a data set.
  public let roots: [String]
  /// The user's own cache, which has the decoded images of all data folders: `metarl` in XDG_CACHE_HOME, else in `~/.cache`.
  public let cache: String

  /// - Parameters:
  ///   - given: the folder that the user named, which is then the only one.
  ///   - environment: of the process: `METARL_DATA`, `XDG_CACHE_HOME` and `HOME` count.
  public init(given: String?, environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The XDG base directory specification has a relative path ignored.
    let named = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    cache = "\(named ?? "\(value("HOME") ?? "/tmp")/.cache")/metarl"
    if let given, !given.isEmpty {
      roots = [given]
    } else {
      roots = (value("METARL_DATA").map { [$0] } ?? []) + [cache]
    }
  }

  /// Where a download goes: the first of the roots.
  public func folder(for dataSet: DataSet) -> String { "\(roots[0])/\(dataSet.name)" }

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
    let found =
      shortcoming?.description
      ?? "\(dataSet.name): expected its files in \(folders.joined(separator: " or ")), found no such folder"
    throw DataError(.missing, "\(found); metarl data fetch \(dataSet.name) gets them, or says how to")
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
    try ImageCache(source, in: folder, cache: folders.cache).images(of: source, in: folder)
  }
}
