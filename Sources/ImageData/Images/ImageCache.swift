import Files
import Glibc

/// Where images that were once decoded are kept, and how they get there: in the user's cache folder, never among the
/// files that they are made of.
///
/// A cache is found by what these files contain, wherever they are: its key is the SHA-256 of their names and bytes. To
/// read gigabytes at each start would take too long. So a small file beside the caches, one for each data folder, keeps
/// the key together with the paths, sizes, times and inodes of the files, and holds as long as these are the same. The
/// times are those of the last change of content (mtime) and of anything (ctime), which no program can set.
struct ImageCache {
  /// The folder of all caches.
  let folder: String
  /// The cache of these files.
  var path: String { "\(folder)/\(name)-\(SHA256.hexadecimal(key.prefix(16))).images" }
  /// SHA-256 of the names and bytes of the files that the images are made of, and of how.
  let key: [UInt8]
  private let name: String
  /// What the files looked like when the key was found.
  private let appearance: Appearance

  /// Whether a key that was found before is believed.
  enum KeySource: Sendable {
    /// While the files look the same.
    case memory
    /// Never: the files are read.
    case contents
  }

  /// - Parameters:
  ///   - source: makes the images.
  ///   - data: the folder of the data set.
  ///   - cache: the user's cache folder.
  init(
    _ source: some ImageSource, in data: String, cache: String, key keySource: KeySource = .memory
  ) throws(DataError) {
    folder = "\(cache)/images"
    name = source.name
    appearance = try Appearance(source, in: data)
    let memory = KeyMemory(folder: folder, name: source.name, appearance: appearance)
    if keySource == .memory, let known = memory.key {
      key = known
      return
    }
    key = try Self.key(of: source, appearance, in: data)
    memory.keep(key)
  }

  private static func key(
    of source: some ImageSource, _ appearance: Appearance, in data: String
  ) throws(DataError) -> [UInt8] {
    let digest = SHA256()
    digest.update(Array("\(source.name) \(source.version)\n".utf8))
    for file in appearance.files {
      let path = EntryName("\(data)/\(file.root)").appending(file.part.name)
      let contents = SHA256()
      try FileTree.readPieces(of: path) { contents.update($0) }
      // The name's length first, as it may have any bytes.
      let name = EntryName(file.root).appending(file.part.name).bytes
      digest.update(Array("\(name.count) ".utf8) + name + contents.value)
    }
    return digest.value
  }

  /// The images of `source`: mapped where they are kept already, else decoded and kept. Where the cache folder cannot be
  /// written, or has no room for them, they stay in memory.
  func images(of source: some ImageSource, in data: String) throws(DataError) -> ImageSet {
    if let kept = kept(source) { return kept }
    // A folder that cannot be made is one that cannot be written.
    try? FileSystem.createFolders(folder)
    guard Self.isWritable(folder) else { return try Self.imagesInMemory(of: source, in: data) }
    do {
      try write(source, from: data)
    } catch {
      guard error.kind == .inputOutput || error.kind == .cannotCreate else { throw error }
      // A full disk, a quota or a limit. Where it was the data that could not be read, this says so again.
      return try Self.imagesInMemory(of: source, in: data)
    }
    guard let images = ImageCacheFile.open(path, fingerprint: key) else {
      throw DataError(.inputOutput, "\(path): was written and cannot be mapped")
    }
    return images
  }

  /// The images of `source`, decoded and kept nowhere.
  static func imagesInMemory(of source: some ImageSource, in data: String) throws(DataError) -> ImageSet {
    let sink = MemorySink()
    var builder = ImageSetBuilder(shape: source.shape, sink: sink)
    try source.read(data, into: &builder)
    return ImageSet(shape: source.shape, classes: builder.classes, pixels: PixelStorage(sink.bytes))
  }

  /// The images that are kept already.
  func kept(_ source: some ImageSource) -> ImageSet? {
    ImageCacheFile.open(path, fingerprint: key).flatMap { $0.shape == source.shape ? $0 : nil }
  }

  private func write(_ source: some ImageSource, from data: String) throws(DataError) {
    let file = try CacheSink(path)
    try file.append([UInt8](repeating: 0, count: ImageCacheFile.headerSize))
    var builder = ImageSetBuilder(shape: source.shape, sink: file)
    try source.read(data, into: &builder)
    guard try Appearance(source, in: data) == appearance else {
      throw DataError(at: data, expected: "files that stay as they are", found: "changes while they were read")
    }
    let pixels = file.count - ImageCacheFile.headerSize
    let index = try ImageCacheFile.encodeIndex(shape: source.shape, classes: builder.classes)
    try file.append(index)
    try file.finish(beginningWith: ImageCacheFile.header(pixels: pixels, index: index.count, fingerprint: key))
  }

  /// Whether anyone may write to a folder and this user can. An administrator could where nobody may, and should not.
  private static func isWritable(_ folder: String) -> Bool {
    var status = stat()
    return stat(folder, &status) == 0 && status.st_mode & 0o222 != 0 && access(folder, W_OK) == 0
  }
}

extension ImageCache {
  /// What the system tells of the files of a data set without reading them.
  struct Appearance: Equatable {
    /// A file, and which of the source's files or folders it is or is in.
    struct File: Equatable {
      var root: String
      var part: FolderListing.File
    }

    /// In the source's order.
    private(set) var files: [File] = []
    /// Of the data set.
    let folder: String

    init(_ source: some ImageSource, in folder: String) throws(DataError) {
      self.folder = folder
      for root in try source.files(in: folder) {
        for part in try FolderListing("\(folder)/\(root)").files { files.append(File(root: root, part: part)) }
      }
    }

    /// SHA-256 of everything.
    func digest(of name: String) -> [UInt8] {
      let digest = SHA256()
      digest.update(Array("\(name)\n".utf8))
      for file in files {
        let (name, part) = (EntryName(file.root).appending(file.part.name).bytes, file.part)
        digest.update(
          Array("\(name.count) ".utf8) + name
            + Array(" \(part.size) \(part.modified) \(part.changed) \(part.inode)\n".utf8))
      }
      return digest.value
    }

    /// When the newest of the files was changed, in nanoseconds since 1970.
    var newest: Int { files.reduce(0) { max($0, $1.part.changed) } }
  }

  /// The file that remembers a data folder's key: 32 bytes of the files' appearance, then 32 of the key.
  private struct KeyMemory {
    private let folder: String
    private let path: String
    private let digest: [UInt8]
    private let isSettled: Bool

    init(folder: String, name: String, appearance: Appearance) {
      self.folder = folder
      digest = appearance.digest(of: name)
      let place = realpath(appearance.folder, nil)
      defer { free(place) }
      let absolute = place.map { String(cString: $0) } ?? appearance.folder
      path = "\(folder)/\(name)-in-\(SHA256.hexadecimal(SHA256.of(Array(absolute.utf8)).prefix(8))).key"
      // What was changed a moment ago may change again and have the same time.
      isSettled = appearance.newest < (Int(time(nil)) - 2) * 1_000_000_000
    }

    var key: [UInt8]? {
      guard FileSystem.exists(path), let bytes = try? FileTree.readFile(path, limit: 64), bytes.count == 64,
        bytes.starts(with: digest)
      else { return nil }
      return Array(bytes[32...])
    }

    /// Keeps a key, if the system lets: without it the next start reads the files again.
    func keep(_ key: [UInt8]) {
      guard isSettled else { return }
      try? FileSystem.createFolders(folder)
      guard ImageCache.isWritable(folder), let file = try? NewFile(path), (try? file.append(digest + key)) != nil else {
        return
      }
      try? file.finish(beginningWith: digest)
    }
  }
}

/// Writes a cache.
private final class CacheSink: PixelSink {
  private let file: NewFile
  var count: Int { file.count }

  init(_ path: String) throws(DataError) {
    do { file = try NewFile(path) } catch { throw DataError(error) }
  }

  func append(_ bytes: [UInt8]) throws(DataError) {
    do { try file.append(bytes) } catch { throw DataError(error) }
  }

  func finish(beginningWith bytes: [UInt8]) throws(DataError) {
    do { try file.finish(beginningWith: bytes) } catch { throw DataError(error) }
  }
}
