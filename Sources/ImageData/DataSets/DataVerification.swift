import Files
import Parts

/// The verification of a data set, file by file and image by image.
public struct DataVerification: Sendable {
  /// The results in lines for the user.
  public private(set) var lines: [String] = []
  /// Whether the data set is as published, or at least complete.
  public private(set) var isComplete = true

  /// Compares the SHA-256 of the existing published files, then decodes every image and compares the pixels with those that
  /// an earlier run cached.
  ///
  /// A file may be repacked, or unpacked: its bytes then differ, and the number of classes and images decides.
  /// - Throws: `DataError` where there are no files, or a file is damaged.
  public init(of dataSet: DataSet, in folders: DataFolders) throws(DataError) {
    let folder = try folders.find(dataSet)
    for file in dataSet.files {
      let path = "\(folder)/\(file.name)"
      guard FileSystem.isReachable(path) else {
        lines.append("\(path): not there")
        continue
      }
      let found = try SHA256.ofFile(path)
      lines.append(
        found == file.sha256
          ? "\(path): the published file" : "\(path): not the published file: SHA-256 \(file.sha256), found \(found)")
    }
    try count(dataSet, dataSet.source, folder, cache: folders.cache)
  }

  private mutating func count(
    _ dataSet: DataSet, _ source: some ImageSource, _ folder: String, cache: String?
  ) throws(DataError) {
    let sink = DigestSink()
    var builder = ImageSetBuilder(shape: source.shape, sink: sink)
    try source.read(folder, into: &builder)
    let classes = builder.classes
    let images = ImageSet(shape: source.shape, classes: classes, pixels: PixelStorage([]))
    let (count, published) = (try DataSet.count(source.split(images)), dataSet.published)
    isComplete = count == published
    let found = "\(count.classes.counted("class", "classes")), \(count.images.counted("image"))"
    lines.append(
      "\(folder): "
        + (isComplete
          ? "complete: \(found)" : "expected \(published.classes) classes, \(published.images) images, found \(found)"))
    if let cache {
      let imageCache = try ImageCache(source, in: folder, cache: cache, key: .contents)
      compare(imageCache, with: sink.digest.value, classes, of: source)
    }
    let former = "\(folder)/\(source.name).images"
    if FileSystem.exists(former) {
      lines.append("\(former): the decoded images of an earlier version, which nothing reads: it may be removed")
    }
  }

  /// Adds a line that says whether the cached images equal the decoded ones.
  private mutating func compare(
    _ imageCache: ImageCache, with digest: [UInt8], _ classes: [ImageClass], of source: some ImageSource
  ) {
    guard let kept = imageCache.kept(source) else {
      lines.append("\(imageCache.path): not there yet: the first start with these files makes it")
      return
    }
    let isSame = kept.digest == digest && kept.classes == classes
    isComplete = isComplete && isSame
    lines.append(
      "\(imageCache.path): "
        + (isSame
          ? "the images of these files, decoded"
          : "not the images of these files: remove it, and a start makes it anew"))
  }
}

/// A sink that keeps only the SHA-256 of the pixels: an image that can be appended has been decoded.
private final class DigestSink: PixelSink {
  let digest = SHA256()

  func append(_ pixels: [UInt8]) { digest.update(pixels) }
}
