import Glibc

/// Where images that were once decoded are kept, and how they get there.
struct ImageCache {
  /// The first of these folders that can be written takes the file.
  let candidates: [(folder: String, file: String)]
  /// SHA-256 of the names, sizes and times of the files that the images are made of, and of how.
  let fingerprint: [UInt8]

  /// - Parameters:
  ///   - source: makes the images.
  ///   - folder: of the data set; the cache goes there if it can.
  ///   - fallback: the user's own cache.
  init(_ source: some ImageSource, in folder: String, fallback: String) throws(DataError) {
    let digest = SHA256()
    digest.update(Array("\(source.name) \(source.version)\n".utf8))
    for file in try source.files(in: folder) {
      for part in try FolderListing("\(folder)/\(file)").files {
        digest.update(Array("\(file)/\(part.name) \(part.size) \(part.modified)\n".utf8))
      }
    }
    fingerprint = digest.value
    // Several data folders may share the user's cache.
    let key = SHA256.hexadecimal(SHA256.of(Array(folder.utf8)).prefix(8))
    candidates = [
      (folder, "\(source.name).images"), ("\(fallback)/images", "\(source.name)-\(key).images"),
    ]
  }

  /// The images of `source`: mapped where they are kept already, else decoded and kept. Where neither folder can be
  /// written they stay in memory.
  func images(of source: some ImageSource, in folder: String) throws(DataError) -> ImageSet {
    if let kept = kept(source) { return kept.images }
    guard let path = writablePath() else {
      let sink = MemorySink()
      var builder = ImageSetBuilder(shape: source.shape, sink: sink)
      try source.read(folder, into: &builder)
      return ImageSet(shape: source.shape, classes: builder.classes, pixels: PixelStorage(sink.bytes))
    }
    try write(source, from: folder, to: path)
    guard let images = ImageCacheFile.open(path, fingerprint: fingerprint) else {
      throw DataError(.inputOutput, "\(path): was written and cannot be mapped")
    }
    return images
  }

  /// The images that are kept already, and where.
  func kept(_ source: some ImageSource) -> (path: String, images: ImageSet)? {
    for candidate in candidates {
      let path = "\(candidate.folder)/\(candidate.file)"
      if let images = ImageCacheFile.open(path, fingerprint: fingerprint), images.shape == source.shape {
        return (path, images)
      }
    }
    return nil
  }

  private func write(_ source: some ImageSource, from folder: String, to path: String) throws(DataError) {
    let file = try NewFile(path)
    try file.append([UInt8](repeating: 0, count: ImageCacheFile.headerSize))
    var builder = ImageSetBuilder(shape: source.shape, sink: file)
    try source.read(folder, into: &builder)
    let pixels = file.count - ImageCacheFile.headerSize
    let index = try ImageCacheFile.encodeIndex(shape: source.shape, classes: builder.classes)
    try file.append(index)
    try file.finish(
      beginningWith: ImageCacheFile.header(pixels: pixels, index: index.count, fingerprint: fingerprint))
  }

  private func writablePath() -> String? {
    for (index, candidate) in candidates.enumerated() {
      // The user's own cache is made; a data folder is there or is none.
      if index > 0 { Self.createFolders(candidate.folder) }
      if Self.isWritable(candidate.folder) { return "\(candidate.folder)/\(candidate.file)" }
    }
    return nil
  }

  /// Whether anyone may write to a folder and this user can. An administrator could where nobody may, and should not.
  private static func isWritable(_ folder: String) -> Bool {
    var status = stat()
    return stat(folder, &status) == 0 && status.st_mode & 0o222 != 0 && access(folder, W_OK) == 0
  }

  /// Makes a folder and those above it, as far as the system lets.
  static func createFolders(_ path: String) {
    var parent = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      parent += parent.isEmpty && part.isEmpty ? "/" : (parent.isEmpty || parent == "/" ? "" : "/") + part
      mkdir(parent, 0o755)
    }
  }
}
