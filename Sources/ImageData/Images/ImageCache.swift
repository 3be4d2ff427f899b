import Files
import Glibc

/// The cache of decoded images, in the user's cache folder and never among the files from which the images are made.
///
/// A cache is found by the contents of these files, wherever they are: its key is the SHA-256 of their names and bytes.
/// Reading gigabytes at each start would take too long. Hence a small file beside the caches, one for each data folder,
/// keeps the key with the paths, sizes, times and inodes of the files, and is valid as long as these are the same. The
/// times are the last changes of content (mtime) and of anything (ctime), which no program can set.
struct ImageCache {
  /// The folder of all caches.
  let folder: String
  /// The path of the cache for these files.
  var path: String { "\(folder)/\(name)-\(SHA256.hexadecimal(key.prefix(16))).images" }
  /// The SHA-256 of the names and bytes of the files from which the images are made, and of the decoding's version.
  let key: [UInt8]
  private let name: String
  /// The appearance of the files when the key was computed.
  private let appearance: Appearance

  /// The source of the key: the stored key, or the contents of the files.
  enum KeySource: Sendable {
    /// The stored key is used while the files look the same.
    case memory
    /// The stored key is never used: the files are read.
    case contents
  }

  /// Finds the cache of a data folder.
  /// - Parameters:
  ///   - source: the decoder of the images.
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
      // The name's length comes first, as the name may have any bytes.
      let name = EntryName(file.root).appending(file.part.name).bytes
      digest.update(Array("\(name.count) ".utf8) + name + contents.value)
    }
    return digest.value
  }

  /// Returns the images of `source`: mapped where they are cached, else decoded and cached. They are kept in memory where
  /// the cache folder cannot be written, or has no room for them.
  func images(of source: some ImageSource, in data: String) throws(DataError) -> ImageSet {
    if let kept = kept(source) { return kept }
    // A folder that cannot be created is treated like one that cannot be written.
    try? FileSystem.createFolders(folder)
    guard Self.isWritable(folder) else { return try Self.imagesInMemory(of: source, in: data) }
    do {
      try write(source, from: data)
    } catch {
      guard error.kind == .inputOutput || error.kind == .cannotCreate else { throw error }
      // The disk is full, or a quota or limit is reached. Where the data could not be read, this reports the error again.
      return try Self.imagesInMemory(of: source, in: data)
    }
    guard let images = ImageCacheFile.open(path, fingerprint: key) else {
      throw DataError(.inputOutput, "\(path): was written and cannot be mapped")
    }
    return images
  }

  /// Returns the images of `source`, decoded and not cached.
  static func imagesInMemory(of source: some ImageSource, in data: String) throws(DataError) -> ImageSet {
    let sink = MemorySink()
    var builder = ImageSetBuilder(shape: source.shape, sink: sink)
    try source.read(data, into: &builder)
    return ImageSet(shape: source.shape, classes: builder.classes, pixels: PixelStorage(sink.bytes))
  }

  /// Returns the cached images; nil where there are none.
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
    let index = ImageCacheFile.encodeIndex(shape: source.shape, classes: builder.classes)
    try file.append(index)
    try file.finish(beginningWith: ImageCacheFile.header(pixels: pixels, index: index.count, fingerprint: key))
  }

  /// Returns whether anyone may write to a folder and this user can. An administrator could write where nobody may, and
  /// should not.
  private static func isWritable(_ folder: String) -> Bool {
    var status = stat()
    return stat(folder, &status) == 0 && status.st_mode & 0o222 != 0 && access(folder, W_OK) == 0
  }
}

extension ImageCache {
  /// The attributes of the files of a data set that the system gives without reading them.
  struct Appearance: Equatable {
    /// The attributes of a file, and the source's file or folder that it is or belongs to.
    struct File: Equatable {
      var root: String
      var part: FolderListing.File
    }

    /// The files in the source's order.
    private(set) var files: [File] = []
    /// The path of the data set's folder.
    let folder: String

    init(_ source: some ImageSource, in folder: String) throws(DataError) {
      self.folder = folder
      for root in try source.files(in: folder) {
        for part in try FolderListing("\(folder)/\(root)").files { files.append(File(root: root, part: part)) }
      }
    }

    /// Returns the SHA-256 of a name and all attributes.
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

    /// The time of the latest change of any of the files, in nanoseconds since 1970.
    var newest: Int { files.reduce(0) { max($0, $1.part.changed) } }
  }

  /// The file that stores a data folder's key: 32 bytes of the files' appearance, then 32 bytes of the key.
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
      // A file that was just changed may change again and keep the same time.
      isSettled = appearance.newest < (Int(time(nil)) - 2) * 1_000_000_000
    }

    var key: [UInt8]? {
      guard FileSystem.exists(path), let bytes = try? FileTree.readFile(path, limit: 64), bytes.count == 64,
        bytes.starts(with: digest)
      else { return nil }
      return Array(bytes[32...])
    }

    /// Stores a key where the system allows it: without it the next start reads the files again.
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

/// A sink that writes a cache.
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
