import Files
import Parts

/// The folders in which data sets are searched and in which decoded images are cached.
public struct DataFolders: Sendable {
  /// The folders that are searched, in order; each may have a folder for each data set.
  public let roots: [String]
  /// The folder of the user's own cache, which has the decoded images of all data folders: `metarl` in XDG_CACHE_HOME, else
  /// in `~/.cache`; nil where neither is known. It is never a folder to which everyone may write: others could put their
  /// files there.
  public let cache: String?

  /// Creates the folders for a command.
  /// - Parameters:
  ///   - given: the folder that the user named, which is then the only root.
  ///   - environment: the environment of the process, of which `METARL_DATA`, `XDG_CACHE_HOME` and `HOME` are used.
  public init(given: String?, environment: [String: String]) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    cache = UserCache.folder(environment: environment)
    if let given, !given.isEmpty {
      roots = [given]
    } else {
      roots = [value("METARL_DATA"), cache].compactMap { $0 }
    }
  }

  /// Returns the folder for a download of a data set, which is in the first root.
  /// - Throws: `DataError` where there is no root.
  public func folder(for dataSet: DataSet) throws(DataError) -> String {
    guard let root = roots.first else {
      throw DataError(.missing, at: dataSet.name, expected: "a folder for its files, \(places)", found: "none")
    }
    return "\(root)/\(dataSet.name)"
  }

  /// The roots as a text for the user.
  public var places: String {
    roots.isEmpty ? "by the key data, METARL_DATA, XDG_CACHE_HOME or HOME" : roots.joined(separator: " or ")
  }

  /// Returns the folder that has the files of the data set.
  /// - Throws: `DataError` that says which folders were searched and how to get the files.
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
  /// Returns whether the data set has files, or a folder that cannot be read, for which its reader reports the error.
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

  /// Returns the images of each split, decoded or read from the cache.
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
